"""The API server's counters of transformations (real-parts.md, fact 3)."""

from __future__ import annotations

from scanners.collect.metrics import LoadedConfiguration, loaded_configuration, transformations
from scanners.inventory import Transformation

NAME = b"apiserver_storage_transformation_operations_total"


def series(
    count: bytes, resource: bytes, prefix: bytes, direction: bytes = b"to_storage", status: bytes = b"OK"
) -> bytes:
    labels = b'resource="%s",status="%s",transformation_type="%s",transformer_prefix="%s"'
    return b"%s{%s} %s\n" % (NAME, labels % (resource, status, direction, prefix), count)


TEXT = b"".join(
    [
        b"# HELP %s [ALPHA] Total number of transformations.\n# TYPE %s counter\n" % (NAME, NAME),
        series(b"12", b"secrets", b"k8s:enc:aescbc:v1:"),
        series(b"1.234567e+06", b"secrets", b"identity", b"from_storage"),
        series(b"3", b"secrets", b"identity", b"from_storage", b"Internal"),
        series(b"1", b'config\\"maps}', b""),
        series(b"1", b"secrets", b"", b"other"),
        series(b"0", b"secrets", b"x"),
        series(b"NaN", b"secrets", b"y"),
        NAME + b"{broken\n",
        b'apiserver_request_total{resource="secrets",verb="LIST"} 99\n',
    ]
)


def test_the_needed_series_and_no_other() -> None:
    assert transformations(TEXT) == (
        Transformation(resource='config"maps}', direction="to_storage", prefix="", count=1),
        Transformation(resource="secrets", direction="from_storage", prefix="identity", count=1_234_567, failed=3),
        Transformation(resource="secrets", direction="to_storage", prefix="k8s:enc:aescbc:v1:", count=12),
        Transformation(resource="secrets", direction="to_storage", prefix="x", count=0),
    )


def test_the_last_line_may_lack_its_end_and_numbers_may_be_absurd() -> None:
    assert transformations(series(b"7", b"secrets", b"").rstrip())[0].count == 7
    assert transformations(series(b"1e999", b"secrets", b""))[0].count == 0
    assert transformations(series(b"1e300", b"secrets", b""))[0].count == 2**53
    assert transformations(b"") == ()
    assert transformations(b"\xff\x00" * 1000) == ()


def test_the_number_of_series_is_bounded() -> None:
    many = b"".join(series(b"1", b"r%d" % number, b"") for number in range(3000))
    assert len(transformations(many)) == 1000


CONTROLLER = b"apiserver_encryption_config_controller_"
LOADED = b"".join(
    [
        CONTROLLER + b'last_config_info{apiserver_id_hash="sha256:73",hash="sha256:61"} 1\n',
        CONTROLLER + b'automatic_reloads_total{apiserver_id_hash="sha256:73",status="success"} 2\n',
        CONTROLLER + b'automatic_reloads_total{apiserver_id_hash="sha256:73",status="failure"} 5\n',
        CONTROLLER + b'automatic_reload_success_total{apiserver_id_hash="sha256:73"} 2\n',
        b'apiserver_watch_cache_initializations_total{group="",resource="secrets"} 1\n',
        b'apiserver_watch_cache_initializations_total{group="example.io",resource="secrets"} 7\n',
        b'apiserver_watch_cache_initializations_total{group="",resource="configmaps"} 7\n',
    ]
)


def test_the_configuration_that_is_loaded() -> None:
    assert loaded_configuration(LOADED) == LoadedConfiguration(config_hash="sha256:61", reloads=2, secret_cache_fills=1)
    assert loaded_configuration(TEXT) == LoadedConfiguration()
    older = b'apiserver_watch_cache_initializations_total{resource="secrets"} 1\n'
    assert loaded_configuration(older).secret_cache_fills == 1


def test_two_hashes_are_none() -> None:
    other = CONTROLLER + b'last_config_info{apiserver_id_hash="sha256:99",hash="sha256:62"} 1\n'
    assert loaded_configuration(LOADED + other).config_hash == ""
