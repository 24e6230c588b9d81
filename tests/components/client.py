"""What a test asks of an API server, over one connection and in the form that kubectl would use."""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import yaml

Object = dict[str, Any]

_APPLY = {"fieldManager": "hardener", "force": "true", "fieldValidation": "Strict"}


class RefusedError(Exception):
    """The API server said no, with an HTTP status and a message of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An object as the server holds it now, and the warnings that it gave on the way."""

    object: Object
    warnings: tuple[str, ...]


class Client:
    """One user's connection to an API server on the loopback address."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
        self._resources: dict[tuple[str, str], Object] = {}

    def get(self, path: str) -> Object:
        """The object, or the list, at a path of the API."""
        return self._send("GET", path).object

    def create(self, path: str, body: Object) -> Answer:
        """Post `body` to a collection, or to a review such as /apis/authorization.k8s.io/v1/subjectaccessreviews."""
        return self._send("POST", path, json.dumps(body), "application/json")

    def apply(self, manifest: str) -> Answer:
        """Apply one YAML document on the server's side, as `kubectl apply --server-side --validate=strict` does.

        The text goes out as it is: what the server makes of it is what counts, not what we read in it.
        """
        path = f"{self.path_of(yaml.load(manifest, yaml.CSafeLoader))}?{urlencode(_APPLY)}"
        return self._send("PATCH", path, manifest, "application/apply-patch+yaml")

    def patch(self, path: str, body: Object) -> Answer:
        """Change what is at a path, a subresource too: what `body` names, and null for what is to go."""
        return self._send("PATCH", path, json.dumps(body), "application/merge-patch+json")

    def replace(self, path: str, body: Object) -> Answer:
        """Put `body` in the place of what is at a path, a subresource too."""
        return self._send("PUT", path, json.dumps(body), "application/json")

    def delete(self, path: str) -> None:
        """Delete the object at a path of the API."""
        self._send("DELETE", path)

    def path_of(self, document: Object) -> str:
        """Where the API has an object, going by its kind, its name and its namespace."""
        version, metadata = document["apiVersion"], document["metadata"]
        resource = self._resource(version, document["kind"])
        place = [_group(version)]
        if resource["namespaced"]:
            place += ["namespaces", quote(metadata["namespace"], safe="")]
        return "/".join([*place, resource["name"], quote(metadata["name"], safe="")])

    def serves(self, version: str, kind: str) -> bool:
        """Whether the server knows a kind; what it once knew is not asked for again."""
        if (version, kind) not in self._resources:
            for resource in self.get(_group(version))["resources"]:
                if "/" not in resource["name"]:
                    self._resources[version, resource["kind"]] = resource
        return (version, kind) in self._resources

    def close(self) -> None:
        """End the connection, so that the server need not wait for it when it stops."""
        self._connection.close()

    def _send(self, method: str, path: str, body: str = "", content: str = "") -> Answer:
        """Send a request whose answer is an object; raise RefusedError unless the status is 2xx."""
        headers = {"Content-Type": content} if content else {}
        self._connection.request(method, path, body.encode(), headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status >= http.HTTPStatus.MULTIPLE_CHOICES:
            raise RefusedError(f"{response.status} {text}")
        return Answer(json.loads(text), tuple(response.headers.get_all("Warning", ())))

    def _resource(self, version: str, kind: str) -> Object:
        """What discovery says of a kind: its name in paths, and whether its objects have a namespace."""
        if not self.serves(version, kind):
            raise RefusedError(f"{version} {kind} is not served")
        return self._resources[version, kind]


def _group(version: str) -> str:
    """The path under which the API has a group and version; the core group alone is without a name.

    >>> _group("v1"), _group("apps/v1")
    ('/api/v1', '/apis/apps/v1')
    """
    return f"/apis/{version}" if "/" in version else f"/api/{version}"
