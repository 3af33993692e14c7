"""Who vouches for a version, and for what is in production; checked without a network."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from house import House, binary_rows, block
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelpress.errors import FileError
from modelpress.trust import Trust, check_promotion, check_version, read_promotion
from pipeline import rollback
from pipeline.artifacts import Paths
from pipeline.cli import main
from pipeline.gate import run as judge
from pipeline.registration import register
from pipeline.registry import point

GATE = {"metric": "roc_auc", "promote_on": "not_worse", "max_slide": 1.0}
OTHER = {"name": "logistic_regression", "parameters": {"C": 0.5}}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PEM = serialization.Encoding.PEM


class Signer(NamedTuple):
    """What a signer has, and what those who trust it have."""

    key: Path
    public: Path
    certificate: Path
    authority: Path


def written(place: Path, content: bytes) -> Path:
    place.write_bytes(content)
    return place


def private(key: ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    lock = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock)


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: tuple[str, ec.EllipticCurvePrivateKey],
    *,
    authority: bool,
) -> bytes:
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, by[0])
    )
    usage = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
            *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        ),
        False,
    )
    usage |= {"key_cert_sign": authority, "digital_signature": not authority}
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(by[1], hashes.SHA256())
    )
    return built.public_bytes(PEM)


@pytest.fixture(scope="module")
def signers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Signer]:
    """Two signers, each with an authority of its own."""
    found = {}
    for name in ("bot", "stranger"):
        folder = tmp_path_factory.mktemp(name)
        key, above = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        public = key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        issuer = (f"{name}'s authority", above)
        found[name] = Signer(
            written(folder / "key.pem", private(key)),
            written(folder / "public.pem", public),
            written(folder / "own.pem", certificate(name, key, issuer, authority=False)),
            written(folder / "top.pem", certificate(issuer[0], above, issuer, authority=True)),
        )
        written(folder / "locked.pem", private(key, b"open sesame"))
    return found


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)


def commit(paths: Paths) -> None:
    git(paths.root, "add", "-A")
    git(paths.root, "commit", "-qm", "a change")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two versions, of which the second is in production."""
    house = House.make(tmp_path_factory.mktemp("made") / "house")
    for changes in ({}, {"estimator": OTHER}):
        house.add("m", block(gate=GATE, **changes), binary_rows(200)).stages("m", until="evaluate")
        judge(house.root, "m")
        register(house.root, "m")
    git(house.root, "init", "-q")
    return house.root


@pytest.fixture
def paths(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    root = Path(shutil.copytree(made, tmp_path / "house"))
    monkeypatch.chdir(root)
    return Paths(root, "m")


def sign(signer: Signer, *more: str) -> int:
    return main(["sign", "--key", str(signer.key), *more])


def verify(signer: Signer) -> int:
    return main(["verify", "--public-key", str(signer.public)])


def contents(paths: Paths) -> dict[Path, bytes]:
    return {place: place.read_bytes() for place in paths.registry.rglob("*") if place.is_file()}


def test_what_was_signed_is_verified_and_signing_again_changes_nothing(
    paths: Paths, signers: dict[str, Signer], capsys: pytest.CaptureFixture[str]
) -> None:
    assert sign(signers["bot"]) == 0
    assert capsys.readouterr().out == (
        "m: signed v1.0.0, v1.1.0; v1.1.0 in production, promotion 1\n"
    )
    before = contents(paths)
    assert (sign(signers["bot"]), verify(signers["bot"])) == (0, 0)
    assert contents(paths) == before
    assert capsys.readouterr().out.endswith("promotion 1\nm: no faults\n")


@pytest.mark.usefixtures("paths")
def test_nothing_signed_is_a_fault_when_signatures_are_asked_for(
    signers: dict[str, Signer], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify"]) == 0
    assert verify(signers["bot"]) == 2
    assert capsys.readouterr().out.count("nobody has signed") == 3


def test_the_program_of_model_signing_verifies_a_version_as_it_stands(
    paths: Paths, signers: dict[str, Signer]
) -> None:
    sign(signers["bot"])
    folder = paths.registry / "v1.0.0"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "model_signing", "verify", "key", str(folder)),
            *("--signature", str(folder / "model.sig"), "--public_key", str(signers["bot"].public)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "Verification succeeded\n"), done.stderr


@pytest.mark.usefixtures("paths")
def test_a_certificate_vouches_through_its_authority(
    signers: dict[str, Signer], capsys: pytest.CaptureFixture[str]
) -> None:
    bot, stranger = signers["bot"], signers["stranger"]
    assert sign(bot, "--certificate", str(bot.certificate), "--chain", str(bot.authority)) == 0
    assert main(["verify", "--certificates", str(bot.authority)]) == 0
    assert main(["verify", "--certificates", str(stranger.authority)]) == 2
    assert "not by whom you trust" in capsys.readouterr().out


@pytest.mark.usefixtures("paths")
def test_a_key_with_a_password_signs_when_the_password_is_there(
    signers: dict[str, Signer], monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = ["sign", "--key", str(signers["bot"].key.with_name("locked.pem"))]
    assert main(locked) == 2
    monkeypatch.setenv("MODELPRESS_KEY_PASSWORD", "open sesame")
    assert main(locked) == 0
    assert verify(signers["bot"]) == 0


OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        raise SystemExit(f"the network was asked: {event} {arguments}")
sys.addaudithook(refuse)
from pipeline.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_neither_signing_nor_checking_asks_the_network(
    paths: Paths, signers: dict[str, Signer]
) -> None:
    bot = signers["bot"]
    for words in (["sign", "--key", str(bot.key)], ["verify", "--public-key", str(bot.public)]):
        done = subprocess.run(
            [sys.executable, "-c", OFFLINE, *words],
            env={**os.environ, "PYTHONPATH": str(paths.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


# What somebody may do to a signed registry, and what is said of it.


def edit(place: Path, before: str, after: str) -> None:
    text = place.read_text("utf-8")
    assert before in text
    place.write_text(text.replace(before, after, 1), "utf-8")


def other_bytes(folder: Path) -> None:
    content = bytearray((folder / "v1.0.0" / "model.onnx").read_bytes())
    content[-1] ^= 1
    (folder / "v1.0.0" / "model.onnx").write_bytes(content)


def other_name(folder: Path) -> None:
    shutil.copytree(folder / "v1.0.0", folder / "v1.2.0")


def other_version(folder: Path) -> None:
    for name in ("model.onnx", "card.json", "model.sig"):
        shutil.copy(folder / "v1.0.0" / name, folder / "v1.1.0" / name)


TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "other bytes": (other_bytes, "v1.0.0` is not what was signed"),
    "another card": (
        lambda folder: edit(folder / "v1.0.0" / "card.json", '"created": "', '"created": " '),
        "v1.0.0` is not what was signed",
    ),
    "a file more": (
        lambda folder: (folder / "v1.0.0" / "extra.json").write_text("{}"),
        "Extra files found",
    ),
    "a link": (
        lambda folder: (
            shutil.move(folder / "v1.0.0" / "model.onnx", folder / "elsewhere"),
            (folder / "v1.0.0" / "model.onnx").symlink_to(folder / "elsewhere"),
        ),
        "v1.0.0` is not what was signed",
    ),
    "no signature": (lambda folder: (folder / "v1.0.0" / "model.sig").unlink(), "nobody has"),
    "an old version under a new name": (other_name, "v1.2.0` was signed as m v1.0.0"),
    "an old version in the place of a new one": (other_version, "v1.1.0` was signed as m v1.0.0"),
    "a higher counter": (
        lambda folder: edit(folder / "production.json", '"counter": 1', '"counter": 9'),
        "production.json` is not what was signed",
    ),
    "a pointer that was cut": (
        lambda folder: (folder / "production").write_text("v1.0"),
        "production: ",
    ),
    "another pointer": (
        lambda folder: (folder / "production").write_text("v1.0.0\n"),
        "points to v1.0.0, and v1.1.0 was signed to be there",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_after_it_had_been_signed_is_found(
    paths: Paths, signers: dict[str, Signer], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, said = TAMPERED[what]
    sign(signers["bot"])
    spoil(paths.registry)
    assert verify(signers["bot"]) == 2
    assert said in capsys.readouterr().out


def test_a_stranger_s_signature_is_none(paths: Paths, signers: dict[str, Signer]) -> None:
    sign(signers["stranger"])
    assert verify(signers["bot"]) == 2
    with pytest.raises(FileError, match="Key mismatch"):
        check_version(paths.registry / "v1.0.0", Trust(signers["bot"].public))


def test_a_version_that_was_changed_is_not_signed_again(
    paths: Paths, signers: dict[str, Signer], capsys: pytest.CaptureFixture[str]
) -> None:
    sign(signers["bot"])
    edit(paths.registry / "v1.0.0" / "card.json", '"created": "', '"created": " ')
    before = contents(paths)
    assert sign(signers["bot"]) == 2
    assert "v1.0.0 was changed after it had been signed" in capsys.readouterr().err
    assert contents(paths) == before


# Promotions


def rolled_back(paths: Paths, signer: Signer) -> None:
    """Sign three promotions: v1.0.0, v1.1.0, and v1.0.0 again by a rollback."""
    point(paths.production, "v1.0.0")
    for step in (None, "v1.1.0", ""):
        if step:
            point(paths.production, step)
        elif step is not None:
            rollback.run(paths, None, "wrong")
        assert sign(signer) == 0
        commit(paths)


def test_a_rollback_is_a_promotion_of_its_own(paths: Paths, signers: dict[str, Signer]) -> None:
    rolled_back(paths, signers["bot"])
    promotion = check_promotion(paths.registry, Trust(signers["bot"].public), least=3)

    assert (promotion.version, promotion.counter) == ("v1.0.0", 3)
    assert verify(signers["bot"]) == 0


def test_an_old_promotion_is_not_passed_off_as_today_s(
    paths: Paths, signers: dict[str, Signer], capsys: pytest.CaptureFixture[str]
) -> None:
    rolled_back(paths, signers["bot"])
    # The withdrawn v1.1.0 comes back with everything that was signed when it was live.
    git(paths.root, "checkout", "-q", "HEAD~1", "--", "models/m")
    (paths.registry / "v1.1.0" / "withdrawn.json").unlink()
    assert check_promotion(paths.registry, Trust(signers["bot"].public)).version == "v1.1.0"
    with pytest.raises(FileError, match="is promotion 2, and 3 came before"):
        check_promotion(paths.registry, Trust(signers["bot"].public), least=3)
    assert verify(signers["bot"]) == 2
    assert "is promotion 2, and 3 came before" in capsys.readouterr().out
    # Nor does signing give a number twice, if somebody wants v1.1.0 back after all.
    assert sign(signers["bot"]) == 0
    assert read_promotion(paths.registry).counter == 4


def test_a_clone_without_its_past_does_not_number_promotions(
    paths: Paths,
    signers: dict[str, Signer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rolled_back(paths, signers["bot"])
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{paths.root}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert sign(signers["bot"]) == 2
    assert verify(signers["bot"]) == 2
    assert "production: " in capsys.readouterr().out


def test_nothing_in_production_is_signed_as_well(paths: Paths, signers: dict[str, Signer]) -> None:
    sign(signers["bot"])
    paths.production.write_text("", "utf-8")
    assert verify(signers["bot"]) == 2
    assert (sign(signers["bot"]), verify(signers["bot"])) == (0, 0)
    promotion = read_promotion(paths.registry)
    assert (promotion.version, promotion.sha256, promotion.counter) == ("", "", 2)


def test_a_signature_that_was_cut_off_is_made_again_under_the_same_number(
    paths: Paths, signers: dict[str, Signer]
) -> None:
    sign(signers["bot"])
    point(paths.production, "v1.0.0")
    before = (paths.registry / "production.sig").read_bytes()
    sign(signers["bot"])
    written(paths.registry / "production.sig", before)
    assert verify(signers["bot"]) == 2
    assert (sign(signers["bot"]), verify(signers["bot"])) == (0, 0)
    assert read_promotion(paths.registry).counter == 2


# Damaged files


@pytest.fixture(scope="module")
def signed(
    made: Path, signers: dict[str, Signer], tmp_path_factory: pytest.TempPathFactory
) -> Paths:
    root = Path(shutil.copytree(made, tmp_path_factory.mktemp("signed") / "house"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert sign(signers["bot"]) == 0
    return Paths(root, "m")


@pytest.fixture
def there(signed: Paths, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.chdir(signed.root)
    return signed


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_signature_with_any_bytes_changed_is_refused_by_name(
    signed: Paths, signers: dict[str, Signer], data: st.DataObject
) -> None:
    place = signed.registry / "v1.0.0" / "model.sig"
    sound = place.read_bytes()
    fields = json.loads(sound)
    envelope = fields["dsseEnvelope"]
    where = data.draw(st.sampled_from(["payload", "signature", "file"]))
    text = {
        "payload": envelope["payload"],
        "signature": envelope["signatures"][0]["sig"],
        "file": sound.decode(),
    }[where]
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.text(max_size=3)) + text[at + 1 :]
    spoilt = sound.decode().replace(text, changed) if where != "file" else changed
    try:
        place.write_text(spoilt, "utf-8")
        check_version(place.parent, Trust(signers["bot"].public))
        assert json.loads(spoilt)["dsseEnvelope"] == envelope, "what is signed has changed"
    except FileError as error:
        said = error.message
    else:
        said = "v1.0.0 as before"
    finally:
        place.write_bytes(sound)
    assert "v1.0.0" in said


@pytest.mark.parametrize("name", ["v1.0.0/model.sig", "production.sig", "production.json"])
def test_a_record_of_a_signature_that_was_cut_is_refused_by_its_name(
    there: Paths, signers: dict[str, Signer], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = there.registry / name
    sound, before = place.read_bytes(), contents(there)
    for cut in sorted({*range(0, len(sound) - 2, max(len(sound) // 20, 1)), len(sound) - 3}):
        place.write_bytes(sound[:cut])
        assert sign(signers["bot"]) == 2, cut
        assert f"models/m/{name}: " in capsys.readouterr().err
        place.write_bytes(sound)
    assert contents(there) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sign", "--key", "params.yaml"], "a private key has no place in the repository"),
        (["sign", "--key", "{public}"], "this key cannot sign"),
        (["sign", "--key", "/nowhere.pem"], "No such file"),
        (["verify", "--public-key", "params.yaml"], "`params.yaml` cannot be used"),
        (["verify", "--public-key", "/nowhere.pem"], "`/nowhere.pem` cannot be used"),
        (["verify", "--certificates", "{public}"], "cannot be used to check signatures"),
    ],
)
@pytest.mark.usefixtures("there")
def test_what_is_no_key_is_named(
    signers: dict[str, Signer], words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(public=signers["bot"].public) for word in words]) == 2
    told = capsys.readouterr()
    assert said in told.err + told.out


@pytest.mark.usefixtures("there")
def test_without_the_extra_it_is_said_what_to_install(
    signers: dict[str, Signer], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "model_signing", None)
    assert sign(signers["bot"]) == 2
    assert "pip install -r requirements/sign.lock" in capsys.readouterr().err
    assert verify(signers["bot"]) == 2
    assert "pip install modelpress[sign]" in capsys.readouterr().out
