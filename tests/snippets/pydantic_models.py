# pydantic models
import os
from enum import Enum
from pathlib import Path
from typing import Annotated, ClassVar, Dict, List, Literal, Optional, Union
from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field, field_validator, model_validator, root_validator, validator
class Kind(Enum):
    CPU = "cpu"
class Compute(BaseModel):
    name: str
    nodes: int = 2
    kind: Kind = Kind.CPU
    size: Optional[float]
class Config(BaseModel):
    seen: ClassVar[int] = 3
    compute: Compute
    steps: List[Compute] = []
    tags: Dict[str, int] = Field(default_factory=dict)
    path: "Path" = Path("x")
    mode: Literal["a", "b"] = "a"
    rate: Annotated[float, Field(gt=0)] = 0.5
    flag: bool = Field(False, alias="is-on")
    def label(self):
        return f"{self.compute.name}-{self.rate}"
config = Config(**{"compute": {"name": "c", "nodes": "4", "kind": "cpu"}, "steps": [{"name": "s", "size": 1}], "tags": {"x": "1"}, "path": "a/b", "is-on": "yes"})
a = config.compute.nodes, config.compute.kind is Kind.CPU, config.compute.size, config.steps[0].size, config.tags  # value: (4, True, None, 1.0, {"x": 1})
b = str(config.path), config.flag, config.mode, config.label(), config.seen, config.rate  # value: ("a/b", True, "a", "c-0.5", 3, 0.5)
c = Compute.parse_obj({"name": "n"}).dict(exclude={"kind"}), Compute.model_validate({"name": "n"}).model_dump(exclude_none=True, exclude=["kind"])  # value: ({"name": "n", "nodes": 2, "size": None}, {"name": "n", "nodes": 2})
d = config.model_dump(by_alias=True)["is-on"], config.dict()["steps"][0]["name"], Compute(name="x") == Compute(name="x"), isinstance(config, BaseModel)  # value: (True, "s", True, True)
e = Compute(name="x", nodes="many").nodes  # unknown: what pydantic makes of the value is not known
f = Compute(name=3).name  # unknown: what pydantic makes of the value is not known
g = f"{Compute(name='x')}"  # unknown: pipelift does not model pydantic's
h = config.copy(update={"mode": "b"}).mode, Config(compute=Compute(name="q")).compute.name  # value: ("b", "q")
try:
    Compute(nodes=1)
except ValidationError:
    i = "missing"  # value: "missing"
try:
    Compute()
except ValueError:
    j = "missing"  # value: "missing"
k = [name for name, value in Compute(name="x")]  # value: ["name", "nodes", "kind", "size"]
class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = "n"
    both: Union[int, str] = 1
try:
    Strict(other=1)
except ValidationError:
    l = "forbidden"  # value: "forbidden"
m = Strict(both="word").both, Strict(both=2).both  # value: ("word", 2)
n = Strict(both="1").both  # unknown: what pydantic makes of the value is not known
class Checked(BaseModel):
    name: str
    size: int = 1
    date: "datetime.date" = None
    @validator("name")
    def lower(cls, value):
        return value.lower()
    @field_validator("size", mode="before")
    @classmethod
    def cut(cls, value):
        return value.strip("G")
    @computed_field
    @property
    def full(self) -> str:
        return f"{self.name}{self.size}"
o = Checked(name="ABC", size="8G").model_dump()  # value: {"name": "abc", "size": 8, "date": None, "full": "abc8"}
p = Checked(name="x", date="2020-01-01").date  # unknown: what pydantic makes of the value is not known
class Whole(BaseModel):
    name: str
    long: str = ""
    @model_validator(mode="after")
    def fill(self):
        self.long = self.name * 2
        return self
q = Whole(name="n").long  # value: "nn"
class Old(BaseModel):
    name: str = "n"
    @root_validator
    def check(cls, values):
        return values
r = Old().name  # unknown: a validator of the whole model may change it
class Child(Compute):
    extra_name: str = "e"
    class Config:
        extra = "allow"
s = Child(name="c", more=1).more, Child(name="c").dict()["extra_name"]  # value: (1, "e")
def make(**given):
    return Compute(**given)
t = make(name=os.environ["N"]).nodes, make(name="z").name  # value: (2, "z")
u = make(name=os.environ["N"]).name  # unknown: --env N=VALUE
v = make(**{os.environ["N"]: 1})  # unknown: --env N=VALUE
class Endless(BaseModel):
    inner: "Endless" = Field(default_factory=lambda: Endless())
w = isinstance(Endless(), BaseModel)  # value: True
class Own(BaseModel):
    name: str
    def __init__(self, word, **more):
        super().__init__(name=word + "!", **more)
x = Own("hi").name  # value: "hi!"
# ---
# pydantic settings, version 1
from typing import List, Optional
from pydantic import BaseSettings, Field, SecretStr
class Settings(BaseSettings):
    name: str
    nodes: int = 1
    region: str = Field("eu", env="AZ_REGION")
    tags: List[str] = []
    other: Optional[str] = None
    workspace: str
    secret: SecretStr = SecretStr("x")
    debug = False
    class Config:
        env_prefix = "APP_"
        env_file = "app.env"
settings = Settings()
a = settings.name, settings.nodes, settings.region, settings.tags, settings.other, settings.debug  # value: ("given", 3, "us", ["a", "b"], None, False)
b = settings.workspace  # unknown: --env APP_WORKSPACE=VALUE
c = Settings(nodes="7", workspace="w").dict()["nodes"], f"{settings.secret}"  # value: (7, "**********")
# options: --env app_name=given --env AZ_REGION=us --env 'APP_TAGS=["a", "b"]'
# file: app.env
APP_NAME=file
APP_NODES=3
# ---
# pydantic settings, version 2
from functools import lru_cache
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
class Db(BaseModel):
    host: str = "h"
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_prefix="P_", env_nested_delimiter="__", extra="ignore")
    size: int = 1
    group: str = Field(alias="RESOURCE_GROUP")
    db: Db = Db()
    other: Db = Db()
    on: bool = True
@lru_cache()
def settings():
    return Settings()
a = settings().size, settings().group, settings().db.host, settings().on  # value: (5, "g", "j", False)
b = settings().other  # unknown: pipelift does not follow variables of nested settings
class Outside(BaseSettings):
    model_config = SettingsConfigDict(env_file="../../outside.env")
    size: int = 1
c = Outside().size  # unknown: outside the project
d = Outside(size="2").size  # value: 2
# options: --env P_SIZE=5 --env 'P_DB={"host": "j"}' --env P_OTHER__HOST=k
# file: .env
RESOURCE_GROUP=g
P_SIZE=6
P_ON=off
