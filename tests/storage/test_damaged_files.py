"""Files from strangers: damaged, forged or of another kind, each is whole or refused, and soon."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tracemalloc
import warnings
import zlib

import h5py
import numpy as np
import pytest
import xarray as xr

import bayeslogit as bl
from bayeslogit.storage import netcdf
from bayeslogit.storage.contents import ENDING, dissect, ending
from tests.references.make_saved_fits import HERE, models
from tests.storage.test_fit_file import same

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*survey of the whole posterior:bayeslogit.BayesLogitWarning"
)

KINDS = ("binary", "counts", "ordered", "unordered")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Return the bytes of a file of each kind of outcome, as this version saves them."""
    folder, found = tmp_path_factory.mktemp("saved"), {}
    for name in KINDS:
        fit = models()[name].fit("laplace", draws=10, chains=2, random_seed=3)
        found[name] = (fit, fit.save(folder / f"{name}.nc").read_bytes())
    return found


def load(path, content):
    path.write_bytes(content)
    return bl.load(path)


def never_reached(*args, **kwargs):
    pytest.fail("the HDF5 library was asked to open a file from a stranger")


# ---- damage -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_any_damage_is_found_before_hdf5_opens_anything(tmp_path, saved, kind, monkeypatch):
    whole = saved[kind][1]
    for target in (h5py, "File"), (xr, "open_datatree"), (subprocess, "run"):
        monkeypatch.setattr(*target, never_reached)
    rng = np.random.default_rng(KINDS.index(kind))
    for trial in range(250):
        damaged = bytearray(whole)
        start, length = int(rng.integers(len(whole))), [1, 1, 2, 16, 512][trial % 5]
        damaged[start : start + length] = rng.bytes(min(length, len(whole) - start))
        if damaged != whole:
            with pytest.raises(bl.StorageError, match="; expected "):
                load(tmp_path / "fit.nc", bytes(damaged))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_any_other_length_is_refused(tmp_path, saved, kind, monkeypatch):
    whole = saved[kind][1]
    monkeypatch.setattr(h5py, "File", never_reached)
    image = len(dissect(whole)[0])
    lengths = {
        *range(0, len(whole), len(whole) // 50),
        len(whole) - 1,
        *range(image + 1, image + 9),
    }
    for length in (lengths | {len(whole) - 1}) - {image}:
        with pytest.raises(bl.StorageError, match="expected"):
            load(tmp_path / "fit.nc", whole[:length])
    for more in (b"\0", whole[-ENDING:], whole):
        with pytest.raises(bl.StorageError, match="damaged or incomplete"):
            load(tmp_path / "fit.nc", whole + more)


def test_without_its_end_or_edited_it_is_refused(tmp_path, saved):
    whole = saved["binary"][1]
    with pytest.raises(bl.StorageError, match="its end is missing, or it was changed"):
        load(tmp_path / "fit.nc", dissect(whole)[0])
    (tmp_path / "fit.nc").write_bytes(whole)
    with h5py.File(tmp_path / "fit.nc", "r+") as file:
        file["posterior/Intercept"][0, 0] = 99.0
    with pytest.raises(bl.StorageError, match="damaged or incomplete"):
        bl.load(tmp_path / "fit.nc")


@pytest.mark.parametrize("name", KINDS)
def test_xarray_and_arviz_read_the_file_and_find_the_same_draws(tmp_path, saved, name):
    import arviz as az

    fit, whole = saved[name]
    (tmp_path / "fit.nc").write_bytes(whole)
    for tree in (xr.load_datatree(tmp_path / "fit.nc"), az.from_netcdf(tmp_path / "fit.nc")):
        xr.testing.assert_equal(tree["posterior"].to_dataset(), fit.posterior)
        tree.close()


# ---- forgery: the checksum fits -----------------------------------------------------------


def forged(whole, change):
    """Return a file whose words were changed, with a checksum that fits."""
    image, words = dissect(whole)
    words = change(words) or words
    return image + ending(image, words)


def leaves(value, place=()):
    """Yield every place of nested words that holds a value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[key], (*place, key))
    else:
        yield place


def put(words, place, value):
    for key in place[:-1]:
        words = words[key]
    words[place[-1]] = value


JUNK = [None, True, -1, 0, 1e300, float("nan"), 2**70, "x", "", "a" * 10_000, [], {}, [[]]]
JUNK += [{"dict": {}}, {"tuple": [1]}, {"array": "posterior/beta"}, {"array": "nowhere"}]
JUNK += [{"values": 1, "dtype": "V999999999999"}, {"values": [1], "dtype": "<U999999999"}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_description_is_refused_or_a_whole_fit(tmp_path, saved, kind):
    """Any value of the description may be anything: an answer or a sentence, nothing else."""
    fit, whole = saved[kind]
    image, words = dissect(whole)
    places = list(leaves(words))
    rng = np.random.default_rng(0)
    text, lengths = json.dumps(words), []
    for trial in range(120):
        changed = json.loads(text)
        place = places[rng.integers(len(places))]
        put(changed, place, JUNK[trial % len(JUNK)])
        try:
            loaded = load(tmp_path / "fit.nc", image + ending(image, changed))
        except bl.StorageError as error:
            lengths.append(len(str(error)))
        else:
            assert loaded.outcome.draws.shape == fit.outcome.draws.shape, place
            with warnings.catch_warnings():  # of a sample that is now said to be case-control
                warnings.filterwarnings("ignore", "predicted risks depend on the share of cases")
                assert np.isfinite(loaded.predict(draws=True).to_numpy()).all(), place
            assert repr(loaded), place
    assert len(lengths) > 20
    assert max(lengths) < 1000


@pytest.mark.parametrize("kind", KINDS)
def test_forged_numbers_are_refused_or_a_whole_fit(tmp_path, saved, kind):
    image, words = dissect(saved[kind][1])
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(120):
        changed = bytearray(image)
        start = int(rng.integers(len(image) - 8))
        changed[start : start + 8] = rng.choice([b"\xff" * 8, bytes(8), rng.bytes(8)])
        try:
            loaded = load(tmp_path / "fit.nc", bytes(changed) + ending(bytes(changed), words))
        except bl.StorageError:
            refused += 1
        else:
            assert np.isfinite(loaded.outcome.draws).all()
    assert refused > 0


NONSENSE = {
    "weights": ("weights", np.array([np.nan])),
    "negative weights": ("weights", np.array([-1.0])),
    "offset": ("offset", np.array([np.inf])),
    "draws": ("posterior", np.array([np.nan])),
    "outcome": ("y", np.array([7])),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_numbers_that_no_builder_takes_are_refused(tmp_path, saved, what):
    image, words = dissect(saved["binary"][1])
    name, value = NONSENSE[what]
    path = next(path for path in words["arrays"] if name in path.split("/"))
    dtype, _, offset = words["arrays"][path]
    changed = bytearray(image)
    raw = value.astype(dtype).tobytes()
    changed[offset : offset + len(raw)] = raw
    with pytest.raises(bl.StorageError, match="damaged or incomplete"):
        load(tmp_path / "fit.nc", bytes(changed) + ending(bytes(changed), words))


CHANGES = {
    "seed": lambda fit: fit.update(seed={"list": []}),
    "seconds": lambda fit: fit.update(seconds=float("nan")),
    "rows": lambda fit: fit.update(rows={"values": {"list": [1]}, "dtype": "<i8"}),
    "sigma": lambda fit: fit["prior"]["dict"]["parts"]["list"][0]["dict"]["fields"]["dict"].update(
        sigma=-1.0
    ),
    "classes": lambda fit: fit["response"]["dict"].update(classes={"tuple": ["no", "no"]}),
    "a class": lambda fit: fit["response"]["dict"].update(classes={"tuple": ["no", 3]}),
    "event": lambda fit: fit["response"]["dict"].update(event="perhaps"),
    "severity": lambda fit: fit["outcome"]["dict"].update(
        problems={"tuple": [{"dict": {"code": "a", "sentence": "b", "severity": "c"}}]}
    ),
    "link": lambda fit: fit["family"]["dict"]["fields"]["dict"].update(link="logic"),
    "deep": lambda fit: fit.update(seed=json.loads("[" * 900 + "]" * 900)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_words_that_no_builder_takes_are_refused(tmp_path, saved, what):
    def change(words):
        CHANGES[what](words["fit"]["dict"])

    content = forged(saved["binary"][1], change)
    with pytest.raises(bl.StorageError, match="damaged or incomplete"):
        load(tmp_path / "fit.nc", content)


BOMBS = {
    "far": ["<f8", [1], 2**62],
    "huge": ["<f8", [2**40], 0],
    "overflow": ["<f8", [2**62, 2**62], 0],
    "many dimensions": ["<f8", [1] * 100, 0],
    "negative": ["<f8", [-1], 0],
    "objects": ["O", [1], 0],
    "records": ["f8,f8", [1], 0],
    "words": ["<U1000000", [1], 0],
}


@pytest.mark.parametrize("what", BOMBS)
def test_an_index_never_asks_for_more_than_the_file(tmp_path, saved, what):
    content = forged(
        saved["binary"][1], lambda words: words["arrays"].update({"posterior/beta": BOMBS[what]})
    )
    (tmp_path / "fit.nc").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(bl.StorageError, match="damaged or incomplete"):
        bl.load(tmp_path / "fit.nc")
    assert tracemalloc.get_traced_memory()[1] < 100 * len(content)
    tracemalloc.stop()


def test_an_array_counted_many_times_is_refused(tmp_path, saved):
    def change(words):
        size = 10_000
        words["arrays"] |= {f"model/{i}": ["|u1", [size], 0] for i in range(50)}

    with pytest.raises(bl.StorageError, match="it declares .* bytes and has"):
        load(tmp_path / "fit.nc", forged(saved["binary"][1], change))


def test_a_newer_format(tmp_path, saved):
    content = forged(saved["binary"][1], lambda words: words.update(format_version=3))
    with pytest.raises(bl.StorageError, match=r"has the format 3; expected at most 2.*upgrade"):
        load(tmp_path / "fit.nc", content)


def test_a_prior_this_version_does_not_have(tmp_path, saved):
    content = forged(
        saved["binary"][1],
        lambda words: json.loads(
            json.dumps(words).replace('"name": "Normal"', '"name": "Horseshoe"')
        ),
    )
    with pytest.raises(bl.StorageError, match=r"prior is 'Horseshoe'; expected one of 'Normal'"):
        load(tmp_path / "fit.nc", content)


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("log(w) * g", r"'log\(w\) \* g' now gives|damaged or incomplete"),
        ("x + I(__import__('os').system('touch owned'))", "damaged or incomplete"),
        ("*".join(["x", "g"] * 3000), "damaged or incomplete"),
    ],
)
def test_a_formula_that_gives_something_else_or_is_a_program(tmp_path, saved, formula, sentence):
    def change(words):
        words["fit"]["dict"]["design"]["dict"]["formula"] = formula

    with pytest.raises(bl.StorageError, match=sentence):
        load(tmp_path / "fit.nc", forged(saved["binary"][1], change))
    assert not os.path.exists("owned")


# ---- files of the first format, which HDF5 has to read ------------------------------------


def external(file):
    del file["posterior/beta"]
    file["posterior/beta"] = h5py.ExternalLink("other.nc", "posterior/beta")


def soft(file):
    del file["posterior/beta"]
    file["posterior/beta"] = h5py.SoftLink("/posterior/Intercept")


def whole_group(file):
    del file["posterior"]
    file["posterior"] = h5py.ExternalLink("other.nc", "posterior")


def virtual(file):
    shape = file["posterior/Intercept"].shape
    del file["posterior/Intercept"]
    layout = h5py.VirtualLayout(shape=shape, dtype="f8")
    layout[...] = h5py.VirtualSource("other.nc", "posterior/Intercept", shape=shape)
    file.create_virtual_dataset("posterior/Intercept", layout)


def outside(file):
    shape = file["posterior/Intercept"].shape
    del file["posterior/Intercept"]
    place = [("other.bin", 0, 8 * shape[0] * shape[1])]
    file.create_dataset("posterior/Intercept", shape, "f8", external=place)


def packed(file):
    del file["observed_data/y"]
    file["observed_data"].create_dataset("y", data=np.zeros(10**6), compression="gzip")


def never_written(file):
    del file["observed_data/y"]
    file["observed_data"].create_dataset("y", (10**12,), chunks=(10**6,), dtype="f8")


def a_group_is_missing(file):
    del file["posterior"]


def text_changed(file):
    text = file["model/specification"][()].decode()
    file["model/specification"][()] = text.replace("Intercept", "intercept")


def a_loop(file):
    file["posterior/loop"] = file["posterior"]


def links_in_a_circle(file):
    file["posterior/a"] = h5py.SoftLink("/posterior/b")
    file["posterior/b"] = h5py.SoftLink("/posterior/a")


def a_link_to_itself(file):
    del file["posterior/beta"]
    file["posterior/beta"] = h5py.SoftLink("/posterior/beta")


def a_reference_for_a_number(file):
    file["model"].attrs["crc32"] = file["posterior"].ref


def references_for_draws(file):
    del file["posterior/beta"]
    file["posterior"].create_dataset("beta", (5,), dtype=h5py.ref_dtype)[0] = file["posterior"].ref


def pairs_for_draws(file):
    shape = file["posterior/Intercept"].shape
    del file["posterior/Intercept"]
    file["posterior"].create_dataset("Intercept", shape, dtype=[("a", "f8"), ("b", "i4")])


def endless_text(file):
    del file["model/specification"]
    file["model"].create_dataset("specification", (10**9,), dtype="S1000", chunks=(1000,))


FIRST_FORMAT = {
    links_in_a_circle: "is a link out of its place",
    a_link_to_itself: "is a link out of its place",
    a_reference_for_a_number: "damaged or incomplete",
    references_for_draws: "holds neither numbers nor text",
    pairs_for_draws: "holds neither numbers nor text",
    endless_text: "it declares 10000000",
    external: "is a link out of its place",
    soft: "is a link out of its place",
    whole_group: "is a link out of its place",
    virtual: "is stored outside the file, or packed",
    outside: "is stored outside the file, or packed",
    packed: "is stored outside the file, or packed",
    never_written: "it declares 80000",
    a_group_is_missing: "damaged or incomplete",
    text_changed: "does not match its checksum",
    a_loop: "is not an array",
}


@pytest.mark.parametrize("change", FIRST_FORMAT)
def test_a_file_of_the_first_format_that_leads_out_of_itself(tmp_path, change):
    path = tmp_path / "fit.nc"
    shutil.copy(HERE / "saved_binary.nc", path)
    shutil.copy(HERE / "saved_binary.nc", tmp_path / "other.nc")
    (tmp_path / "other.bin").write_bytes(bytes(10**5))
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(bl.StorageError, match=FIRST_FORMAT[change]):
        bl.load(path)


def test_forged_numbers_of_the_first_format_are_refused(tmp_path):
    path = tmp_path / "fit.nc"
    shutil.copy(HERE / "saved_binary.nc", path)
    with h5py.File(path, "r+") as file:
        text = file["model/specification"][()].decode()
        text = text.replace('"seed": 3', '"seed": "three"')
        file["model/specification"][()] = text
        file["model"].attrs["crc32"] = zlib.crc32(text.encode())
    with pytest.raises(bl.StorageError, match="the seed: 'three'"):
        bl.load(path)


def test_the_reader_of_the_first_format_may_crash_hang_or_grow(tmp_path, monkeypatch):
    """Whatever HDF5 does to its process, the caller gets a sentence."""
    from bayeslogit.storage import earlier

    reader = tmp_path / "reader.py"
    monkeypatch.setattr(earlier, "_READER", reader)
    monkeypatch.setattr(earlier, "_SECONDS", 1.0)
    path = HERE / "saved_binary.nc"
    for code, sentence in {
        "import os; os.abort()": "ended with the code -6",
        "import time; time.sleep(60)": "reading it does not end",
        "print('hello')": "damaged or incomplete",
        "import sys; sys.stdout.buffer.write(b'\\xff' * 8)": "damaged or incomplete",
    }.items():
        reader.write_text(code)
        with pytest.raises(bl.StorageError, match=sentence):
            bl.load(path)


def test_the_first_format_loads_the_same_as_its_copy_of_today(tmp_path):
    fit = bl.load(HERE / "saved_counts.nc")
    again = bl.load(fit.save(tmp_path / "fit.nc"))
    same(fit.outcome, again.outcome)


# ---- full disks ---------------------------------------------------------------------------

SHRINKING = """
import os, resource, sys, bayeslogit as bl
path, limits = sys.argv[1], map(int, sys.argv[2:])
fit = bl.logistic("passed ~ hours", bl.load_dataset("exam")).fit("laplace", random_seed=1)
before = open(path, "rb").read()
for limit in limits:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        fit.save(path)
    except bl.StorageError as error:
        assert "cannot be written (File too large)" in str(error), error
    else:
        raise SystemExit(f"saved in {limit} bytes")
    assert open(path, "rb").read() == before
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
fit.save(path)
"""


def test_a_limit_of_size_leaves_the_old_file_and_nothing_else(tmp_path, saved):
    path = tmp_path / "fit.nc"
    path.write_bytes(saved["binary"][1])
    limits = [0, 1, 100, 5000, 20_000, 60_000, 90_000]
    command = [sys.executable, "-c", SHRINKING, str(path), *map(str, limits)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert bl.load(path).method == "laplace"


def test_a_file_too_large_for_the_memory_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf, "available", lambda: 10**6)
    monkeypatch.setattr(netcdf, "dissect", never_reached)
    with (tmp_path / "fit.nc").open("wb") as file:
        file.write((HERE / "saved_binary.nc").read_bytes())
        file.truncate(10**9)  # takes no room on the disk
    with pytest.raises(bl.StorageError, match="1.0 GB, and 0.0 GB of memory are free; expected"):
        bl.load(tmp_path / "fit.nc")
