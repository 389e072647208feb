from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from wares.arrayfiles import ALIGN, TYPES, chunks, mapped

some = st.sampled_from(sorted(TYPES.values())).flatmap(
    lambda kind: arrays(kind, array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))
)


@given(st.dictionaries(st.text(max_size=5).filter(lambda name: name != "__metadata__"), some, max_size=4))
def test_arrays_come_back_as_they_were(tmp_path_factory, given_):
    path = tmp_path_factory.mktemp("arrays") / "file"
    parts = chunks(given_, {"kind": "x.v1"})
    path.write_bytes(b"".join(parts))
    found, about = mapped(path)
    assert about == {"kind": "x.v1"}
    assert found.keys() == given_.keys()
    for name, array in given_.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()
        assert not found[name].size or not found[name].flags.writeable
    assert (len(parts[0]) + len(parts[1])) % ALIGN == 0
