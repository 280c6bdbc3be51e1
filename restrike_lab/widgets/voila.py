"""The Voila page: where its template lies, how it is switched on, and how a page's kernel ends.

The template ``restrike`` is Voila's own page without the fonts and scripts that Voila fetches from content delivery
networks, so that the operator's screen works with no internet. It is installed under ``share/jupyter`` with the
package; ``jupyter_path()`` names a directory that serves the same where it is not (an editable install).
"""

from __future__ import annotations

import json
import os
import signal
import ssl
import urllib.parse
import urllib.request
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from restrike_lab.client.feed import trust

__all__ = ["TEMPLATE", "arguments", "end_kernel", "environment", "jupyter_path", "under_voila"]

TEMPLATE = "restrike"
DELETE_TIMEOUT_S = 5.0

# What the page needs; JupyterLab's other extensions would only make it start later.
EXTENSIONS = ("@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget")


def jupyter_path() -> Path:
    """Return the directory that holds ``voila/templates/restrike``, to be put on ``JUPYTER_PATH``."""
    return Path(str(files("restrike_lab.widgets"))) / "jupyter"


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """Return ``base`` with the template's directory first on ``JUPYTER_PATH``."""
    path = [str(jupyter_path()), *filter(None, [base.get("JUPYTER_PATH")])]
    return {**base, "JUPYTER_PATH": os.pathsep.join(path)}


def arguments() -> list[str]:
    """Return the options that switch the template on, for ``voila`` as for ``jupyter lab`` (Voila as an extension)."""
    return [
        f"--VoilaConfiguration.template={TEMPLATE}",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.show_tracebacks=True",  # the template shows the reason in one line, the rest folded
        *(f"--VoilaConfiguration.extension_allowlist={name}" for name in EXTENSIONS),
    ]


def under_voila(environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether this kernel was started for a Voila page (by its environment)."""
    return (os.environ if environ is None else environ).get("SERVER_SOFTWARE", "").startswith("voila/")


def end_kernel(environ: Mapping[str, str]) -> None:
    """Ask the server to end this kernel; where it cannot be asked, end the process.

    The polite way matters: a server starts a kernel again that merely exits.
    """
    kernel = environ.get("VOILA_KERNEL_ID", "")
    if not kernel or not any(_delete(base, kernel, token) for base, token in _servers(environ)):
        os.kill(os.getpid(), signal.SIGTERM)


def _servers(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (address, token) of the server that started this kernel, the surest first."""
    found = []
    try:
        from jupyter_core.paths import jupyter_runtime_dir

        note = Path(jupyter_runtime_dir()) / f"jpserver-{os.getppid()}.json"
        server = json.loads(note.read_text(encoding="utf-8"))
        found.append((str(server["url"]), str(server.get("token") or "")))
    except (OSError, ValueError, KeyError):
        pass  # Voila on its own writes no such note
    asked = urllib.parse.urlsplit(environ.get("VOILA_REQUEST_URL", ""))
    if asked.scheme in {"http", "https"}:
        token = urllib.parse.parse_qs(asked.query).get("token", [environ.get("JUPYTER_TOKEN", "")])[0]
        path = environ.get("VOILA_BASE_URL") or "/"
        found.append((f"{asked.scheme}://{asked.netloc}{path}", token))
    return found


def _delete(base: str, kernel: str, token: str) -> bool:
    """Ask the server at ``base`` to shut the kernel down; tell whether it agreed.

    Without a token the server wants a cookie and a header that say the same, which any caller of its own may choose.
    """
    headers = {"Cookie": "_xsrf=restrike", "X-XSRFToken": "restrike"}
    if token:
        headers["Authorization"] = f"token {token}"
    url = urllib.parse.urljoin(base if base.endswith("/") else base + "/", f"api/kernels/{kernel}")
    request = urllib.request.Request(url, method="DELETE", headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=DELETE_TIMEOUT_S, context=_trusted(url)) as answer:  # noqa: S310
            return 200 <= int(answer.status) < 300
    except OSError:
        return False


def _trusted(url: str) -> ssl.SSLContext | None:
    """Return how to trust the server that started this kernel: by the certificate that both were given."""
    certificate = os.environ.get("RESTRIKE_LAB_CERTIFICATE", "")
    return trust(certificate) if url.startswith("https:") and certificate else None
