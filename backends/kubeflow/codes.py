"""What Kubeflow cannot keep, refuses, or lacks: the target's own codes."""

from pipelift.compiler.diagnostics.codes import Code

CODES: tuple[Code, ...] = (
    Code(
        "PL420",
        "note",
        "source data on Kubeflow comes from a volume claim",
        "A pod sees no folder of your machine. With nothing configured, a step reads a store's data from "
        "the volume claim that has the store's name.",
        'Dataset.File.from_files([(datastore, "train-images/")])',
        'Create the claim and copy the data into it, or name another: `url = "pvc:CLAIM"` below '
        "[stores.NAME.kubeflow] in pipelift.toml.",
    ),
    Code(
        "PL421",
        "warning",
        "a store on Kubeflow is no folder or Docker volume",
        "The configured place of the store is on one machine; pods run on others. A volume claim with "
        "the store's name is mounted in its stead.",
        '[stores.workspaceblobstore]\nurl = "data"   # a folder beside pipelift.toml',
        'Copy the data into a volume claim and name it: `url = "pvc:CLAIM"` below [stores.NAME.kubeflow].',
        fidelity="approximated",
    ),
    Code(
        "PL425",
        "warning",
        "a parameter has another name on Kubeflow",
        "KFP's parameters are Python identifiers that begin with a letter and are no keywords.",
        'PipelineParameter(name="learning rate", default_value=0.1)',
        "Use the new name when you start a run on Kubeflow, or rename the parameter in the source.",
        fidelity="approximated",
    ),
    Code(
        "PL427",
        "warning",
        "source data is not compared by content on Kubeflow",
        'With identity = "content" a step may be reused only while its source data has the same bytes. '
        "KFP's cache does not look into volumes, so a step that reads source data always runs.",
        '[reuse]\nidentity = "content"',
        'Nothing, or identity = "definition" if the data never changes in place.',
        fidelity="approximated",
    ),
    Code(
        "PL428",
        "error",
        "a default that a compiled KFP pipeline cannot hold",
        "The default would change on its way through kfp's YAML: no finite number, an integer of more "
        "than 53 bits, text with line breaks or control characters, or text that reads as a number "
        "there, such as 1e3.",
        'PipelineParameter(name="rate", default_value="1e3")',
        "Change the default, or allow the loss: the parameter then has none, and each run on Kubeflow "
        "must give it.",
        fidelity="dropped",
    ),
    Code(
        "PL429",
        "error",
        "kfp does not accept the pipeline.yaml",
        "The compiled pipeline was loaded with kfp's own loader, which refused it; the server would as well.",
        "pipelift compile pipeline.py --target kubeflow",
        "If you edited pipeline.py or pipeline.yaml, correct it; otherwise report this as a fault of "
        "pipelift.",
    ),
    Code(
        "PL480",
        "warning",
        "clock changes move a schedule",
        "Kubeflow reads cron in one time zone, that of its controller (UTC unless it is set up otherwise), and "
        "intervals as elapsed time. The schedule keeps the local time of its own zone in winter; in summer its runs "
        "start an hour later or earlier.",
        "ScheduleRecurrence('Day', 1, time_of_day='18:30', time_zone=TimeZone.WEuropeStandardTime)",
        "Set CRON_SCHEDULE_TIMEZONE of the cluster's controller ml-pipeline-scheduledworkflow, and name the zone as "
        "`time_zone` below [kubeflow] in pipelift.toml. Every so many days or weeks stays elapsed time.",
        "approximated",
    ),
    Code(
        "PL481",
        "warning",
        "the last day of short months is the 28th",
        "In a month that is too short the schedule falls on the last day. Kubeflow's cron has no word for that.",
        "ScheduleRecurrence('Month', 1, start_time='2024-01-31T06:00:00')",
        "Start on a day up to the 28th, if the day matters.",
        "approximated",
    ),
    Code(
        "PL482",
        "error",
        "a schedule has no form on the target",
        "Neither cron nor a fixed distance says when the schedule fires.",
        "ScheduleRecurrence('Month', 5)",
        "Choose an interval that divides the year, and a start; or start the runs from outside.",
        "dropped",
    ),
    Code(
        "PL535",
        "note",
        "the pipeline may be too large for a cluster",
        "Argo keeps a run, with the state of each task, in one object of Kubernetes. etcd takes 1.5 MiB unless it is "
        "configured otherwise; 56 tasks have made 1.95 MiB. Such a run cannot be created, or not be retried.",
        "for alpha in grid: steps.append(PythonScriptStep(…))   # sixty of them",
        "Put several steps into one, split the pipeline, or let the cluster's administrator raise etcd's "
        "--max-request-bytes.",
    ),
    Code(
        "PL570",
        "error",
        "the Kubeflow server is not reached",
        "Deploying to Kubeflow speaks to the REST API of Kubeflow Pipelines. No address is given, or nobody answers "
        "at it.",
        "pipelift deploy build/kubeflow   # without an address",
        "Give the API's address: --set url=http://localhost:8888 after `kubectl port-forward -n kubeflow "
        "svc/ml-pipeline 8888:8888`, or the variable PIPELIFT_KUBEFLOW_URL.",
    ),
    Code(
        "PL571",
        "error",
        "the Kubeflow server refuses you",
        "The server wants to know who asks, or you may not do this.",
        "pipelift deploy build/kubeflow --set url=https://kubeflow.example.com   # 401",
        "Put a token of the API into the variable PIPELIFT_KUBEFLOW_TOKEN (the documentation of your Kubeflow says "
        "how to get one), or ask for the permission.",
    ),
    Code(
        "PL572",
        "error",
        "this is not the API of Kubeflow Pipelines",
        "Something answers at the address, but not as Kubeflow Pipelines 2 does.",
        "--set url=http://localhost:8080/_/pipeline   # the page, not the API",
        "Give the address below which /apis/v2beta1/healthz answers.",
    ),
    Code(
        "PL573",
        "error",
        "the Kubeflow server refuses the request",
        "The server understood and said no; the message is its own. A pipeline of a newer kfp than the server is a "
        "common reason.",
        "pipelift deploy build/kubeflow   # 400: invalid pipeline spec",
        "Do as the message says; compile with the kfp release of your server if it does not know the format.",
    ),
    Code(
        "PL574",
        "warning",
        "the images name no registry",
        "The cluster pulls a step's image by its name. One without a registry is found only where it was put on the "
        "nodes by hand (as `kind load docker-image` does), or on Docker Hub.",
        "image: pipelift-compare-models-train:3fa8…",
        "Name one as `registry` below [images] in pipelift.toml, compile, and run `pipelift build DIR --push`.",
    ),
    Code(
        "PL575",
        "error",
        "the deployment lacks something that only you know",
        "A setting is missing, Kubeflow cannot hold the default of a parameter, or the folder was written by another "
        "version.",
        "pipelift deploy build/kubeflow   # the server has a namespace for each user",
        "Give what the message asks for.",
    ),
)
