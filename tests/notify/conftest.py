"""The product beside a running sandbox: its settings point there, and the sandbox pushes to the product's callback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from app import create_app
from app.blueprints import wechat as routes
from app.notify.fallback import Carrier
from app.notify.sender import Sender
from app.services import Services
from app.settings import Settings
from tests.notify.gateways import MailServer, SmsGateway, environment, mail_server, sms_gateway
from tests.notify.helpers import Post
from tests.notify.second_post import SecondPost
from tests.sandbox.running import AES_KEY, APP_ID, SECRET, TOKEN, Sandbox, running_sandbox
from tests.support import logged, services, settings, world  # noqa: F401


@pytest.fixture(scope="package")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_server: Sandbox) -> Iterator[Sandbox]:
    """Faults, settings and tokens do not outlive a test."""
    before = _server.control("GET", "/state")["settings"]
    _server.control("POST", "/tokens/expire")
    yield _server
    _server.control("DELETE", "/faults")
    _server.set(**{name: value for name, value in before.items() if value != "…"})


@pytest.fixture
def product_environment(product_environment: dict[str, str], sandbox: Sandbox) -> dict[str, str]:
    """The product's environment with the sandbox as WeChat and a rate that tests need not wait for."""
    return product_environment | {
        "WECHAT_API_URL": sandbox.url,
        "WECHAT_OPEN_URL": sandbox.url,
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": SECRET,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_AES_KEY": AES_KEY,
        "WECHAT_SEND_RATE": "2000",
    }


@pytest.fixture
def sender(services: Services) -> Iterator[Sender]:  # noqa: F811
    """A sending process's client, bucket and threads."""
    with Sender(services) as made:
        yield made


@pytest.fixture
def post(services: Services, sender: Sender, sandbox: Sandbox) -> Post:  # noqa: F811
    """Everything from event to phone, moved by hand."""
    return Post(services, sender, sandbox)


@pytest.fixture
def callback_url(services: Services, sandbox: Sandbox) -> Iterator[str]:  # noqa: F811
    """The product's callback over real HTTP; the sandbox pushes to it."""
    server = make_server("127.0.0.1", 0, create_app(services.settings, services), threaded=True)
    server.daemon_threads = False  # type: ignore[attr-defined]  # so that closing waits for requests under way
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/wechat/callback"
    sandbox.set(callback_url=url, callback_mode="aes")
    yield url
    sandbox.set(callback_url="")
    server.shutdown()
    thread.join()
    server.server_close()
    _let_late_work_end()


def _let_late_work_end() -> None:
    """A push that was answered 500 may still be tried in the background; its connection goes back before the end."""
    threads = routes._hurrying.threads()
    together = threading.Barrier(threads._max_workers)
    for waiting in [threads.submit(together.wait, 5) for _ in range(threads._max_workers)]:
        waiting.result()


@pytest.fixture
def sms() -> Iterator[SmsGateway]:
    """The SMS provider."""
    with sms_gateway() as gateway:
        yield gateway


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """The mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def second(
    services: Services,  # noqa: F811
    post: Post,
    sms: SmsGateway,
    mail: MailServer,
    product_environment: dict[str, str],
) -> Iterator[SecondPost]:
    """SMS and e-mail, moved by hand: the product's services with both channels set up."""
    given = Settings.from_environment(product_environment | environment(sms, mail))
    more = replace(services, settings=replace(services.settings, sms=given.sms, mail=given.mail))
    with Carrier(more) as carrier:
        yield SecondPost(more, post, carrier, sms, mail)
