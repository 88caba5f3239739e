# registrations are of their kinds, and say what they were given
from azureml.core import Datastore, Workspace
from azureml.data import AzureBlobDatastore, AzureFileDatastore
ws = Workspace.from_config()
blob = Datastore.register_azure_blob_container(ws, "b", container_name="c", account_name="a")  # value: "AzureBlobDatastore"
share = Datastore.register_azure_file_share(ws, "f", "s", "a")  # value: "AzureFileDatastore"
lake = Datastore.register_azure_data_lake_gen2(ws, "l", "fs", "a", "t", "i")  # value: "AzureDataLakeGen2Datastore"
rows = Datastore.register_azure_postgre_sql(ws, "p", "h", "d", "u", user_password=Ellipsis)  # value: "AzurePostgreSqlDatastore"
a = blob.container_name, blob.account_name, blob.name, isinstance(blob, AzureBlobDatastore)  # value: ("c", "a", "b", True)
b = isinstance(blob, AzureFileDatastore), isinstance(share, Datastore), rows.database_name  # value: (False, True, "d")
c = Datastore.register_dbfs(ws, "x").name, Datastore.get(ws, "b").name  # value: ("x", "b")
d = blob.is_sas  # value: False
# ---
# the retired lake is told, and each literal credential once
from azureml.core import Datastore, Workspace
ws = Workspace.from_config()
a = Datastore.register_azure_data_lake(ws, "l", "acc").name  # warning: [PL249]
b = Datastore.register_azure_blob_container(ws, "b", "c", "a", account_key="0123456789abcdef").name  # warning: [PL204]
c = Datastore.register_azure_blob_container(ws, "b", "c", "a", None, "0123456789abcdef").name  # warning: [PL204]
d = Datastore.register_azure_blob_container(ws, "b", "c", "a", account_key="").name  # value: "b"
ws.get_default_keyvault().set_secret("name", "0123456789abcdef")  # warning: [PL204]
e = ws.get_default_keyvault().get_secret("name")  # unknown: pipelift reads no secrets
# ---
# what comes from outside does not stand in the source
# options: --env ACCOUNT_KEY=0123456789abcdef -- --token fedcba9876543210
import argparse
import os
from azureml.core import Datastore, Workspace
from azureml.core.authentication import ServicePrincipalAuthentication
parser = argparse.ArgumentParser()
parser.add_argument("--token")
ws = Workspace.from_config()
a = Datastore.register_azure_blob_container(ws, "b", "c", "a", account_key=os.environ["ACCOUNT_KEY"]).name  # value: "b"
b = ServicePrincipalAuthentication("t", "i", parser.parse_args().token)  # value: "ServicePrincipalAuthentication"
c = Datastore.register_azure_blob_container(ws, "b", "c", "a", sas_token=os.getenv("NONE")).name  # value: "b"
# ---
# a credential reaches the SDK through the program's own functions, attributes and files
import os
from dotenv import load_dotenv
from azureml.core import Datastore, Environment, Workspace
load_dotenv()
def connect(ws, key):
    return Datastore.register_azure_blob_container(ws, "b", "c", "a", account_key=key)  # warning: [PL204]
store = connect(Workspace.from_config(), "literal-0123456789")
other = Datastore.register_azure_blob_container(store.workspace, "d", "c", "a", account_key=os.environ["STORE_KEY"])  # value: "AzureBlobDatastore"
environment = Environment("e")
environment.docker.base_image_registry.password = "literal-0123456789"  # warning: [PL204]
# file: .env
STORE_KEY=file-0123456789
# ---
# rows of a database, and types of columns
from azureml.core import Dataset, Datastore, Workspace
from azureml.data import DataType
from azureml.data.datapath import DataPath
sql = Datastore(Workspace.from_config(), "sql")
a = Dataset.Tabular.from_sql_query((sql, "SELECT 1"), query_timeout=10)  # value: "TabularDataset"
b = Dataset.Tabular.from_sql_query(DataPath(sql, "SELECT 1"), set_column_types={"x": DataType.to_long()})  # value: "TabularDataset"
c = Dataset.Tabular.from_delimited_files((sql, "x.csv")).to_csv_files()
d = c, c.as_mount()  # value: ("FileDataset", "DatasetConsumptionConfig")
e = Dataset.Tabular.from_delimited_files((sql, "x.csv"), set_column_types={"x": DataType.to_stream(1)})  # warning: [PL250]
f, g = Dataset.Tabular.from_delimited_files((sql, "x.csv")).random_split(0.5, seed=1)  # warning: [PL250]
