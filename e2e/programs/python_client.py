"""What people do with the Python client, against the cluster of the kubeconfig that is the only argument.

Prints one line per check, `ok NAME` or `FAILED NAME: why`, and ends with 1 when one failed.
"""

import sys
import threading
import time
import traceback

import urllib3
from kubernetes import client, config, dynamic, utils, watch
from kubernetes.client.rest import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.leaselock import LeaseLock
from kubernetes.stream import portforward, stream

config.load_kube_config(sys.argv[1])
NAMESPACE = "python"
core = client.CoreV1Api()
apps = client.AppsV1Api()
failures = 0


def check(run):
    global failures
    name = run.__name__.replace("_", " ")
    try:
        run()
        print("ok", name, flush=True)
    except Exception as error:
        failures += 1
        line = traceback.extract_tb(error.__traceback__)[-1].lineno
        print(f"FAILED {name}: {type(error).__name__} {str(error)[:800]} (line {line})", flush=True)


def until(what, ask):
    deadline = time.time() + 20
    while time.time() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not in time: {what}")


def refused(call, status):
    try:
        call()
    except ApiException as error:
        assert error.status == status, error
        return error
    raise AssertionError("it was not refused")


core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))


@check
def typed_objects_make_the_round_trip():
    # The typed models send neither apiVersion nor kind.
    container = client.V1Container(
        name="main",
        image="busybox",
        command=["sh", "-c", "echo started; while true; do echo tick; sleep 0.2; done"],
        resources=client.V1ResourceRequirements(requests={"cpu": "10m"}),
    )
    labels = {"app": "ticker"}
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1DeploymentSpec(replicas=1, selector=client.V1LabelSelector(match_labels=labels), template=template)
    made = apps.create_namespaced_deployment(
        NAMESPACE, client.V1Deployment(metadata=client.V1ObjectMeta(name="ticker"), spec=spec)
    )
    assert made.spec.strategy.rolling_update.max_surge == "25%"
    until("ready", lambda: apps.read_namespaced_deployment_status("ticker", NAMESPACE).status.ready_replicas == 1)
    scale = apps.read_namespaced_deployment_scale("ticker", NAMESPACE)
    assert scale.status.selector == "app=ticker", scale
    scale.metadata.resource_version = None
    assert apps.replace_namespaced_deployment_scale("ticker", NAMESPACE, scale).spec.replicas == 1
    error = refused(lambda: core.create_namespaced_config_map(NAMESPACE, {"metadata": {"name": "A_B"}}), 422)
    assert "metadata.name" in error.body


@check
def pages_show_one_state():
    for index in range(25):
        core.create_namespaced_config_map(
            NAMESPACE, {"metadata": {"name": f"page-{index:02}", "labels": {"paged": "yes"}}}
        )
    names, token, versions = [], None, set()
    while True:
        page = core.list_namespaced_config_map(NAMESPACE, limit=7, _continue=token, label_selector="paged=yes")
        names += [item.metadata.name for item in page.items]
        versions.add(page.metadata.resource_version)
        token = page.metadata._continue
        if len(names) == 7:
            core.delete_namespaced_config_map("page-20", NAMESPACE)
        if not token:
            break
    assert names == [f"page-{index:02}" for index in range(25)] and len(versions) == 1
    refused(lambda: core.list_namespaced_config_map(NAMESPACE, limit=7, _continue="nobody's"), 400)
    core.delete_collection_namespaced_config_map(NAMESPACE, label_selector="paged=yes")
    assert not core.list_namespaced_config_map(NAMESPACE, label_selector="paged=yes").items


@check
def a_watch_resumes_ends_and_expires():
    version = core.list_namespaced_config_map(NAMESPACE).metadata.resource_version
    core.create_namespaced_config_map(NAMESPACE, {"metadata": {"name": "seen", "labels": {"seen": "yes"}}})
    core.patch_namespaced_config_map("seen", NAMESPACE, {"data": {"a": "b"}})
    core.patch_namespaced_config_map("seen", NAMESPACE, {"metadata": {"labels": {"seen": "no"}}})

    def events(from_version):
        options = {"label_selector": "seen=yes", "resource_version": from_version, "timeout_seconds": 1}
        return list(watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, **options))

    seen = events(version)
    assert [event["type"] for event in seen] == ["ADDED", "MODIFIED", "DELETED"], seen
    assert [event["type"] for event in events(seen[1]["object"].metadata.resource_version)] == ["DELETED"]
    refused(lambda: events("999999999"), 410)
    try:
        for _ in watch.Watch().stream(core.list_namespaced_secret, NAMESPACE, _request_timeout=1):
            pass
        raise AssertionError("the watch ended by itself")
    except urllib3.exceptions.ReadTimeoutError:
        pass


@check
def patches_of_all_types_and_apply():
    resource = dynamic.DynamicClient(client.ApiClient()).resources.get(api_version="v1", kind="ConfigMap")
    where = {"name": "patched", "namespace": NAMESPACE}
    core.create_namespaced_config_map(NAMESPACE, {"metadata": {"name": "patched"}, "data": {"a": "1", "b": "2"}})

    def patch(body, kind):
        return resource.patch(body=body, content_type=f"application/{kind}-patch+json", **where).data.to_dict()

    moved = [{"op": "test", "path": "/data/a", "value": "1"}, {"op": "move", "from": "/data/a", "path": "/data/c"}]
    assert patch(moved, "json") == {"b": "2", "c": "1"}
    refused(lambda: patch([{"op": "test", "path": "/data/b", "value": "no"}], "json"), 422)
    assert patch({"data": {"b": None}}, "merge") == {"c": "1"}
    assert patch({"data": {"$patch": "replace", "d": "1"}}, "strategic-merge") == {"d": "1"}
    refused(lambda: patch({"metadata": {"resourceVersion": "1"}}, "merge"), 409)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "patched"}, "data": {"e": "1"}}
    applied = resource.server_side_apply(body=body, field_manager="one", **where)
    assert applied.data.to_dict() == {"d": "1", "e": "1"}
    body["data"]["e"] = "2"
    refused(lambda: resource.server_side_apply(body=body, field_manager="two", **where), 409)
    resource.server_side_apply(body=body, field_manager="two", force_conflicts=True, **where)


def pod_of(labels):
    pods = core.list_namespaced_pod(NAMESPACE, label_selector=labels, field_selector="status.phase=Running").items
    return pods[0].metadata.name


@check
def commands_run():
    pod = pod_of("app=ticker")
    options = {"stderr": True, "stdout": True, "tty": False}
    both = ["sh", "-c", "echo out; echo bad >&2"]
    answer = stream(core.connect_get_namespaced_pod_exec, pod, NAMESPACE, command=both, stdin=False, **options)
    assert "out" in answer and "bad" in answer, answer
    shell = stream(
        core.connect_get_namespaced_pod_exec, pod, NAMESPACE, command=["sh"], stdin=True, _preload_content=False, **options
    )
    shell.write_stdin("echo answer-$((40+2))\n")
    assert shell.readline_stdout(timeout=5) == "answer-42"
    shell.write_stdin("exit 7\n")
    shell.run_forever(timeout=5)
    assert shell.returncode == 7
    large = ["sh", "-c", "head -c 2000000 /dev/zero | tr '\\0' a"]
    answer = stream(core.connect_get_namespaced_pod_exec, pod, NAMESPACE, command=large, stdin=False, **options)
    assert len(answer) == 2_000_000


@check
def logs_are_read_and_followed():
    pod = pod_of("app=ticker")
    assert core.read_namespaced_pod_log(pod, NAMESPACE, limit_bytes=7) == "started"
    follow = watch.Watch()
    lines = 0
    for _ in follow.stream(core.read_namespaced_pod_log, name=pod, namespace=NAMESPACE, tail_lines=1):
        lines += 1
        if lines == 4:
            follow.stop()
    refused(lambda: core.read_namespaced_pod_log(pod, NAMESPACE, previous=True), 400)


@check
def ports_are_forwarded():
    script = "require('http').createServer((q, s) => s.end('hello ' + q.url)).listen(process.env.PORT || 8080)"
    probe = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    web = {"name": "web", "image": "node", "command": ["node", "-e", script], "ports": [{"containerPort": 8080}]}
    body = {"metadata": {"name": "web"}, "spec": {"containers": [{**web, "readinessProbe": probe}]}}
    core.create_namespaced_pod(NAMESPACE, body)

    def ready():
        conditions = core.read_namespaced_pod("web", NAMESPACE).status.conditions or []
        return any(each.type == "Ready" and each.status == "True" for each in conditions)

    until("the pod listens", ready)
    forward = portforward(core.connect_get_namespaced_pod_portforward, "web", NAMESPACE, ports="8080")
    connection = forward.socket(8080)
    connection.setblocking(True)
    connection.settimeout(10)
    connection.sendall(b"GET /there HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
    answer = b""
    # The end is told: the loop does not wait for a time-out.
    while chunk := connection.recv(4096):
        answer += chunk
    assert b"hello /there" in answer, answer


@check
def custom_objects_live():
    definition = {
        "metadata": {"name": "gadgets.python.example.com"},
        "spec": {
            "group": "python.example.com",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}},
                                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                            },
                        }
                    },
                }
            ],
        },
    }
    definitions = client.ApiextensionsV1Api()
    definitions.create_custom_resource_definition(definition)

    def established():
        status = definitions.read_custom_resource_definition(definition["metadata"]["name"]).status
        return any(each.type == "Established" and each.status == "True" for each in status.conditions or [])

    until("it is served", established)
    custom = client.CustomObjectsApi()
    where = ("python.example.com", "v1", NAMESPACE, "gadgets")
    body = {"apiVersion": "python.example.com/v1", "kind": "Gadget", "metadata": {"generateName": "g-"}, "spec": {}}
    made = custom.create_namespaced_custom_object(*where, body)
    name = made["metadata"]["name"]
    assert made["spec"] == {"size": 3}
    told = custom.patch_namespaced_custom_object_status(*where, name, {"status": {"phase": "Up"}})
    assert told["status"] == {"phase": "Up"} and told["metadata"]["generation"] == 1
    changed = custom.patch_namespaced_custom_object(*where, name, {"spec": {"size": 4}})
    assert changed["metadata"]["generation"] == 2
    custom.delete_collection_namespaced_custom_object(*where)
    assert custom.list_namespaced_custom_object(*where)["items"] == []


@check
def a_leader_is_elected():
    leading = threading.Event()
    lock = LeaseLock("leader", NAMESPACE, "me")
    options = {"lease_duration": 3, "renew_deadline": 2, "retry_period": 1, "onstopped_leading": None}
    election = electionconfig.Config(lock, onstarted_leading=leading.set, **options)
    threading.Thread(target=leaderelection.LeaderElection(election).run, daemon=True).start()
    assert leading.wait(10)
    lease = client.CoordinationV1Api().read_namespaced_lease("leader", NAMESPACE)
    assert lease.spec.holder_identity == "me"


@check
def files_with_lists_are_created():
    objects = [
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "listed"}, "spec": {"ports": [{"port": 80}]}},
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "listed"}, "rules": []},
            ],
        }
    ]
    utils.create_from_yaml(client.ApiClient(), yaml_objects=objects, namespace=NAMESPACE)
    try:
        utils.create_from_yaml(client.ApiClient(), yaml_objects=objects, namespace=NAMESPACE)
        raise AssertionError("it was created twice")
    except utils.FailToCreateError as error:
        assert {each.status for each in error.api_exceptions} == {409}


@check
def tokens_reviews_and_evictions():
    request = client.AuthenticationV1TokenRequest(
        spec=client.V1TokenRequestSpec(audiences=[], expiration_seconds=600)
    )
    token = core.create_namespaced_service_account_token("default", NAMESPACE, request).status.token
    review = client.AuthenticationV1Api().create_token_review(client.V1TokenReview(spec=client.V1TokenReviewSpec(token=token)))
    assert review.status.user.username == f"system:serviceaccount:{NAMESPACE}:default"
    core.create_namespaced_pod_eviction("web", NAMESPACE, client.V1Eviction(metadata=client.V1ObjectMeta(name="web")))
    assert client.VersionApi().get_code().major == "1"


sys.exit(1 if failures else 0)
