"""Write scikit-learn's table of 150 irises into this example's store."""

from pathlib import Path

from sklearn.datasets import load_iris

FILE = Path(__file__).parent / "store" / "iris" / "iris.csv"


def main() -> None:
    """Write the table anew."""
    iris = load_iris()
    names = [name.removesuffix(" (cm)").replace(" ", "_") for name in iris.feature_names]
    rows = (
        ",".join([*(f"{value:.1f}" for value in measures), str(iris.target_names[target])])
        for measures, target in zip(iris.data, iris.target, strict=True)
    )
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_bytes(("\n".join([",".join([*names, "species"]), *rows]) + "\n").encode())
    print(f"{FILE.relative_to(Path(__file__).parent.parent)}: {len(iris.data)} irises")


if __name__ == "__main__":
    main()
