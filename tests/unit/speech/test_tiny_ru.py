"""The recipe of the embedded model: what can be wrong in it without a sign, and all of it once, in small."""

import itertools
import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from telephone_lines import HELD_OUT, on_telephone, spoken

from tools.tiny_ru import channel, kaldi, mmi, nnet3, steps, texts, throats, train, voices
from tools.tiny_ru import network as networks
from tools.tiny_ru.features import CEPSTRA, from_other_throat, mfcc, scaled, without_band, without_mean
from tools.tiny_ru.fellows import Fellow, together
from tools.tiny_ru.network import CLASSES, Network, blended, padded
from tools.tiny_ru.parts import Utterance
from voicebot import debian, resources
from voicebot.bench.speech.corpus import corpus
from voicebot.speech.graph.lexicon import FILE, Lexicon
from voicebot.speech.graph.phones import PHONES
from voicebot.speech.recogniser import Model
from voicebot.speech.transcribe import decoded

TINY = resources.models() / "tiny-ru"
SOUNDS = 1 + len(PHONES)


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    """Of a held-out voice."""
    return without_mean(mfcc(on_telephone(spoken("да приду")).astype(float)), nnet3.mean(TINY / "am/global_cmvn.stats"))


def test_features_are_kaldis() -> None:
    """A rising tone in noise, and what kaldi-native-fbank 1.23 (dither 0) makes of it."""
    with np.load(Path(__file__).parent / "kaldi_mfcc.npz") as kaldis:
        assert mfcc(kaldis["wave"].astype(float)) == pytest.approx(kaldis["mfcc"], abs=2e-3)


def test_a_silenced_band_takes_its_own_tone_and_leaves_the_others() -> None:
    at, noise = np.arange(4000) / 8000, np.random.default_rng(3).normal(0, 30, 4000)
    low, high = (3000 * np.sin(2 * np.pi * hertz * at) for hertz in (400, 2500))
    line, with_low, with_high = mfcc(noise), mfcc(noise + low), mfcc(noise + high)
    around_high = (27, 10)  # bins
    left_of_low, left_of_high = (without_band(tone - line, *around_high) for tone in (with_low, with_high))
    assert np.linalg.norm(left_of_low) > 0.95 * np.linalg.norm(with_low - line)
    assert np.linalg.norm(left_of_high) < 0.2 * np.linalg.norm(with_high - line)


def test_another_throat_says_the_tone_of_one_bin_in_another() -> None:
    at, noise = np.arange(4000) / 8000, np.random.default_rng(3).normal(0, 30, 4000)
    low, high = (mfcc(noise + 3000 * np.sin(2 * np.pi * hertz * at)) for hertz in (1000, 1300))
    plain = np.zeros(CEPSTRA)
    higher = from_other_throat(low, scaled(1000 / 1300), plain)
    assert np.linalg.norm(higher - high) < 0.5 * np.linalg.norm(low - high)
    assert from_other_throat(low, scaled(1.0), plain) == pytest.approx(low, abs=1e-2)
    louder = from_other_throat(low, scaled(1.0), np.full(CEPSTRA, 2 * np.log(2)))
    assert louder == pytest.approx(mfcc(2 * (noise + 3000 * np.sin(2 * np.pi * 1000 * at))), abs=1e-2)


def test_what_is_written_computes_what_the_network_computes(tmp_path: Path, features: np.ndarray) -> None:
    torch.manual_seed(1)
    network = Network(width=24, layers=3)
    for layer in network.layers:  # norms that do something
        layer.norm.running_mean, layer.norm.running_var = torch.randn(24), torch.rand(24) + 0.5
        torch.nn.init.normal_(layer.norm.weight)
        torch.nn.init.normal_(layer.norm.bias)
    torch.nn.init.normal_(network.output.weight)
    kaldi.export(network, np.zeros(CEPSTRA), tmp_path)
    written = nnet3.read(tmp_path / "am/final.mdl")
    ours = _output(network.eval(), features)
    for frame in (0, 1, len(ours) // 2, len(ours) - 1):  # at both ends the padding counts
        assert nnet3.output(written, features, 3 * frame) == pytest.approx(ours[frame], abs=0.02)


def test_the_shipped_network_is_read_back_and_written_again_as_it_was(tmp_path: Path, features: np.ndarray) -> None:
    network = nnet3.network(TINY / "am/final.mdl")
    before = _output(network, features)
    train.settle(network, [Utterance(features=features, sounds=(1,), pauses=False)] * 2, _statistics())
    assert _output(network, features) == pytest.approx(before, abs=1e-3)
    kaldi.export(network, nnet3.mean(TINY / "am/global_cmvn.stats"), tmp_path)
    shipped, again = ((folder / "am/final.mdl").read_bytes() for folder in (TINY, tmp_path))
    assert again[: again.index(b"<NumComponents>")] == shipped[: shipped.index(b"<NumComponents>")]
    assert len(again) == len(shipped)
    for file in ("am/global_cmvn.stats", "conf/mfcc.conf", "conf/model.conf"):
        assert (tmp_path / file).read_bytes() == (TINY / file).read_bytes()


def _output(network: Network, features: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return network(padded(torch.from_numpy(features), network.context).T[None])[0][0].numpy()


def _statistics() -> train.Statistics:
    bigram = mmi.Bigram(start=torch.full((SOUNDS,), 1 / SOUNDS), follow=torch.full((SOUNDS, SOUNDS), 1 / SOUNDS))
    return train.Statistics(mean=np.zeros(CEPSTRA), bigram=bigram)


@pytest.fixture
def small() -> tuple[torch.Tensor, torch.Tensor, mmi.Bigram]:
    """Scores of two utterances of five and three frames, three sounds."""
    torch.manual_seed(3)
    bigram = mmi.Bigram(start=torch.tensor([0.5, 0.3, 0.2]), follow=torch.softmax(torch.randn(3, 3), 1))
    return torch.randn(2, 5, 6), torch.tensor([5, 3]), bigram


SAID, FREE = [[0, 1, 0, 2, 0], [0, 2, 0]], [[True, False, True, False, True], [True, False, True]]


def _by_trying(scores: torch.Tensor, bigram: mmi.Bigram, sounds: list[int] | None, free: list[bool]) -> float:
    """Sum over every way of cutting the frames into sounds."""
    total = []
    for size in range(1, len(scores) + 1):
        for cuts in itertools.combinations(range(1, len(scores)), size - 1):
            begins = (0, *cuts)
            for row in itertools.product(range(3), repeat=size):
                ways = 1 if sounds is None else _ways(list(row), sounds, free)
                if not ways:
                    continue
                score = bigram.start[row[0]].log() + sum(
                    bigram.follow[first, second].log() for first, second in itertools.pairwise(row)
                )
                for frame in range(len(scores)):
                    sound = row[max(place for place, begin in enumerate(begins) if begin <= frame)]
                    score = score + scores[frame, 2 * sound + (frame not in begins)]
                total.append(score + np.log(ways))
    return float(torch.logsumexp(torch.stack(total), 0))


def _ways(row: list[int], sounds: list[int], free: list[bool]) -> int:
    """In how many ways leaving out optional sounds makes this row."""
    kept = itertools.product(*([True, False] if one else [True] for one in free))
    return sum([sound for sound, keep in zip(sounds, keeps, strict=True) if keep] == row for keeps in kept)


def test_likelihoods_are_those_of_trying_all_alignments(small: tuple[torch.Tensor, torch.Tensor, mmi.Bigram]) -> None:
    scores, frames, bigram = small
    own, _ = mmi.numerator(scores, frames, mmi.said(SAID, FREE, bigram))
    every, _ = mmi.denominator(scores, frames, bigram)
    for place, count in enumerate(frames.tolist()):
        row = scores[place, :count]
        assert float(own[place]) == pytest.approx(_by_trying(row, bigram, SAID[place], FREE[place]), abs=1e-4)
        assert float(every[place]) == pytest.approx(_by_trying(row, bigram, None, []), abs=1e-4)


def test_the_gradient_is_that_of_small_differences(small: tuple[torch.Tensor, torch.Tensor, mmi.Bigram]) -> None:
    scores, frames, bigram = small
    what = mmi.said(SAID, FREE, bigram)

    def loss(values: torch.Tensor) -> torch.Tensor:
        return mmi.mmi(values, frames, bigram, what)[0]

    moved = scores.clone().requires_grad_()
    loss(moved).backward()
    assert moved.grad is not None
    assert not moved.grad[1, 3:].any()  # behind its end
    for place in ((0, 0, 0), (0, 2, 3), (0, 4, 5), (1, 0, 0), (1, 2, 4)):
        step = torch.zeros_like(scores)
        step[place] = 1e-2
        difference = float(loss(scores + step) - loss(scores - step)) / 2e-2
        assert float(moved.grad[place]) == pytest.approx(difference, abs=2e-3)


def test_an_utterance_too_short_for_what_was_said_counts_nothing() -> None:
    bigram = mmi.Bigram(start=torch.full((3,), 1 / 3), follow=torch.full((3, 3), 1 / 3))
    scores = torch.randn(1, 2, 6, requires_grad=True)
    loss, _ = mmi.mmi(scores, torch.tensor([2]), bigram, mmi.said([[1, 2, 1, 2]], [[False] * 4], bigram))
    loss.backward()
    assert loss.item() == 0 and scores.grad is not None and not scores.grad.any()


def test_every_line_of_the_augmentation_leaves_sound_that_can_be_trained_with() -> None:
    random = np.random.default_rng(0)
    speech = spoken("да приду")
    heard = [channel.augmented(speech, random, [speech]) for _ in range(60)]
    assert all(np.isfinite(wave).all() and 0 < np.abs(wave).max() <= 32768 for wave in heard)
    assert len({len(wave) for wave in heard}) > 30


def test_voices_that_measure_are_never_trained_with() -> None:
    measuring = {*HELD_OUT, *itertools.chain(*corpus()["voices"].values())}
    assert measuring.isdisjoint({*voices.VARIANTS, throats.OWN})


def test_a_random_voice_is_its_own_speaks_and_is_the_same_for_the_same_seed() -> None:
    files = [throats.variant(random.Random(seed)) for seed in range(40)]
    assert len(set(files)) == 40 and files[7] == throats.variant(random.Random(7))
    every = [list(voices.espeak(debian.program("espeak-ng"), ["завтра", "приду"], seed)) for seed in (1, 1, 2)]
    assert [one.sounds for one in every[0]] == [one.sounds for one in every[2]]
    first, again, other = ([one.samples for one in speech] for speech in every)
    assert all(np.array_equal(one, same) for one, same in zip(first, again, strict=True))
    assert not any(np.array_equal(one, another) for one, another in zip(first, other, strict=True))


def test_a_blend_lies_between_two_networks_whose_norms_differ(features: np.ndarray) -> None:
    start, trained = nnet3.network(TINY / "am/final.mdl"), nnet3.network(TINY / "am/final.mdl")
    with torch.no_grad():
        trained.layers[1].norm.weight.mul_(2)
        trained.output.weight.mul_(3)
    sound = padded(torch.from_numpy(features), start.context).T[None]
    for share, same in ((1.0, trained), (0.0, start)):
        assert blended([(trained, share), (start, 1 - share)])(sound)[0].detach().numpy() == pytest.approx(
            same(sound)[0].detach().numpy(), abs=1e-3
        )
    half = networks.folded(blended([(trained, 0.5), (start, 0.5)]))[-1][0]
    assert half == pytest.approx(2 * networks.folded(start)[-1][0], abs=1e-6)


def test_those_who_train_together_all_take_the_mean_of_their_gradients(tmp_path: Path) -> None:
    together(2, 3, _leave_gradient, tmp_path)
    left = [torch.load(tmp_path / f"{number}.pt").tolist() for number in (0, 1)]
    assert left == [[[1.0, 2.0]], [[1.0, 2.0]]]


def _leave_gradient(fellow: Fellow, folder: Path) -> None:
    network = torch.nn.Linear(2, 1)
    loss = network(torch.tensor([[0.0, 4.0]]) if fellow.number else torch.tensor([[2.0, 0.0]])).sum()
    loss.backward()
    fellow.share(network)
    torch.save(network.weight.grad, folder / f"{fellow.number}.pt")


def test_texts_are_the_same_every_time_and_have_every_word() -> None:
    lexicon = Lexicon(dict.fromkeys(("да", "нет", "приду", "не", "завтра"), (("d", "a"),)))
    made = texts.texts(lexicon, 40, seed=5)
    assert made == texts.texts(lexicon, 40, seed=5) != texts.texts(lexicon, 40, seed=6)
    assert set(" ".join(made).split()) >= set(lexicon.words)


@pytest.mark.parametrize(
    ("mnemonics", "sounds"),
    [
        ("p_r;_'i_v;_e_t", "p rj i vj ih t"),
        ("d_'A", "d a"),
        ("z_d_r_'a_s_t_v_u_j_t;_e", "z d r a s t v uh j tj ih"),
        ("ja_'a", "j ax a"),
        ("Q_d", ""),
    ],
)
def test_espeaks_sounds_become_the_models(mnemonics: str, sounds: str) -> None:
    assert " ".join(voices.from_espeak(mnemonics)) == sounds


def test_all_steps_make_a_model_that_vosk_loads_once_and_another_model_goes_on_from_it(
    tmp_path: Path,
) -> None:
    every = Lexicon.read(TINY / FILE).words
    lexicon = Lexicon({word: every[word] for word in ("да", "нет", "приду", "завтра", "сегодня", "оператор")})
    recipe = steps.Recipe(
        work=tmp_path, espeak=12, vocoded=0, festival=0, recorded=False, rounds=1, steps=2, width=16, processes=1
    )
    told: list[str] = []
    model = steps.make(recipe, lexicon, TINY, told.append)
    assert CLASSES == 2 * SOUNDS
    assert Model(model).knows("оператор")
    decoded(Model(model), on_telephone(spoken("да")), ["да", "нет"])  # what it hears of so little training is its own
    assert {"speech/espeak-000.npz", "features-0/espeak-000.npz"} <= set(told)
    again: list[str] = []
    steps.make(recipe, lexicon, TINY, again.append)
    assert not [line for line in again if line.endswith(".npz")]
    (tmp_path / "network.pt").unlink()
    shutil.move(model, tmp_path / "first")
    steps.make(replace(recipe, start=tmp_path / "first", rounds=2, falls=2), lexicon, TINY, again.append)
    assert "features-1/espeak-000.npz" in again
    means = [nnet3.mean(folder / "am/global_cmvn.stats") for folder in (model, tmp_path / "first")]
    assert means[0] == pytest.approx(means[1])  # what the network's norms were made for
