"""Write scikit-learn's 1,797 images of handwritten digits into the example's store, a file for each digit."""

from pathlib import Path

from sklearn.datasets import load_digits

FOLDER = Path(__file__).parent / "store" / "train-images"
HEADER = ",".join(f"pixel_{row}_{column}" for row in range(8) for column in range(8))


def main() -> None:
    """Write the files anew."""
    digits = load_digits()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for digit in range(10):
        images = digits.data[digits.target == digit].astype(int)
        lines = [HEADER, *(",".join(str(pixel) for pixel in image) for image in images)]
        (FOLDER / f"digit-{digit}.csv").write_bytes(("\n".join(lines) + "\n").encode())
    print(f"{FOLDER.relative_to(Path(__file__).parent.parent)}: {len(digits.data)} images of digits")


if __name__ == "__main__":
    main()
