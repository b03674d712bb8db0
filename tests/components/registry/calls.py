"""Random calls to a registry: few names, versions, aliases and tags, so that they meet, and what may be refused."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Call = tuple[str, tuple[Any, ...], dict[str, Any]]


def call(method: str, *given: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.tuples(st.just(method), st.tuples(*given), st.fixed_dictionaries({}, optional=named))


NAMES = st.sampled_from(
    ["perdure"] * 12 + ["other", "other", "Perdure", "é s", "it's", "missing", "a/b", "", "..", None, "\ud800"]
)
VERSIONS = st.one_of(
    st.integers(0, 6).map(str),
    st.integers(0, 6),
    st.sampled_from(["01", " 2 ", "1_0", "١", "-1", "x", "", "1.0", "9" * 30, None]),
)
ALIASES = st.sampled_from(
    ["champion", "champion", "previous", "candidate", "Champion", "é", "a" * 255, "a" * 256, "latest", "LATEST", "v1", "V22", "v",
     "a.b", "a b", "", None, "a\n"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["approval", "approval", "approval.reason", "checkpoint", "outcome", "é", "a b", "a/b", "a//b", "../a", "a'b", "a:b", "",
     None, "k" * 250, "k" * 251]
)  # fmt: skip
PROMPT = st.just("mlflow.prompt.is_prompt")
VALUES = st.one_of(
    st.sampled_from(
        ["approved", "APPROVED", "rejected", "", None, 5, True, "x" * 100_000, "x" * 100_001, "\ud800", "a\0b", "a%_\nb"]
    ),
    st.text(max_size=5),
)
TAGS = st.dictionaries(KEYS.filter(lambda key: key is not None), VALUES, max_size=3)
TEXTS = st.one_of(st.none(), st.text(max_size=8), st.just("page " * 3000))
FILTERS = st.sampled_from(
    ["name = 'perdure'"] * 4
    + [None, "", "name = 'missing'", "name LIKE 'p%'", "name ILIKE 'P_RD%'", "name IN ('perdure', 'other')", "name != 'perdure'",
       "name = \"it's\"", "name = 'perdure' and tags.approval LIKE '%'", "tags.approval != 'approved'", "tags.approval = ''",
       "tags.approval.reason LIKE 'a%'", "tags.approval ILIKE 'app%'", "tags.approval LIKE 'app%' and tags.outcome = 'approved'",
       "tags.approval LIKE 'a%' and tags.approval != 'approved'", "tags.`a b` = 'approved'", "tags.é LIKE '%_%'",
       "name = perdure",
       "nope = 'a'", "name = 'a' or name = 'b'", "tags.approval = approved", "tags.approval > 'a'", "name > 'a'"]
)  # fmt: skip
VERSION_FILTERS = FILTERS | st.sampled_from(
    ["version_number > 2", "name = 'perdure' and version_number <= 3", "version_number = 1", "version_number LIKE '1'",
     "run_id = 'r1'", "run_id != 'r1'", "run_id IN ('r1', 'r2')", "source_path LIKE 'file:%'", "version_number != '2'"]
)  # fmt: skip
ORDERS = st.sampled_from(
    [None, ["version_number ASC"], ["version_number DESC"], ["name DESC", "version_number ASC"], ["creation_timestamp ASC"],
     ["last_updated_timestamp"], ["name ASC", "name DESC"], ["nope ASC"]]
)  # fmt: skip
SIZES = st.sampled_from([1, 2, 3, 1000, 1000, 0, -1, 200_000, 200_001, "5", None])
TOKENS = st.sampled_from([None, "", "next", "zz"])

CREATE = call("create_model_version", NAMES, st.just("file:///x"), run_id=st.sampled_from(["r1", "r2", None]), tags=TAGS,
              description=TEXTS)  # fmt: skip
CALLS = st.one_of(
    call("create_registered_model", NAMES, tags=TAGS, description=TEXTS),
    CREATE, CREATE, CREATE,
    call("get_registered_model", NAMES),
    call("rename_registered_model", NAMES, NAMES),
    call("delete_registered_model", NAMES),
    call("set_registered_model_tag", NAMES, KEYS, VALUES),
    call("delete_registered_model_tag", NAMES, KEYS),
    call("set_registered_model_alias", NAMES, ALIASES, VERSIONS),
    call("set_registered_model_alias", NAMES, ALIASES, VERSIONS),
    call("delete_registered_model_alias", NAMES, ALIASES),
    call("get_model_version_by_alias", NAMES, ALIASES),
    call("get_model_version", NAMES, VERSIONS),
    call("update_model_version", NAMES, VERSIONS, TEXTS),
    call("set_model_version_tag", NAMES, VERSIONS, KEYS, VALUES),
    call("set_model_version_tag", NAMES, VERSIONS, KEYS, VALUES),
    call("delete_model_version_tag", NAMES, VERSIONS, KEYS),
    call("delete_model_version", NAMES, VERSIONS),
    call("search_model_versions", VERSION_FILTERS, max_results=SIZES, order_by=ORDERS, page_token=TOKENS),
    call("search_registered_models", FILTERS, max_results=st.sampled_from([1, 2, 100, 1001]), page_token=TOKENS),
    call("set_model_version_tag", NAMES, VERSIONS, PROMPT, st.sampled_from(["true", "false"])),
    call("delete_model_version_tag", NAMES, VERSIONS, PROMPT),
)  # fmt: skip
#: the model's own prompt tag hides the model for good: rarely, at the end of a sequence
ENDS = st.one_of(st.none(), call("set_registered_model_tag", NAMES, PROMPT, st.sampled_from(["true", "false"])))
