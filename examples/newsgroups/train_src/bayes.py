"""Multinomial naive Bayes over the words of a text, with Laplace smoothing."""

import collections
import math
import re


def words(text):
    """The words of a text in small letters: runs of at least three letters."""
    return re.findall("[a-z]{3,}", text.lower())


class NaiveBayes:
    """A model of how often each label uses each word, trained on pairs of words and a label."""

    def __init__(self, training):
        self.texts = collections.Counter(label for _, label in training)
        self.labels = sorted(self.texts)
        self.counts = {label: collections.Counter() for label in self.labels}
        for text, label in training:
            self.counts[label].update(text)
        self.vocabulary = sorted(set().union(*self.counts.values()))
        self.totals = {label: sum(self.counts[label].values()) for label in self.labels}

    def likelihood(self, word, label):
        """The logarithm of the chance that the next word of a text of that label is `word`."""
        return math.log((self.counts[label][word] + 1) / (self.totals[label] + len(self.vocabulary)))

    def predict(self, text):
        """The likeliest label for a text, given as its words; of two that are level the first by name."""
        scores = {
            label: round(math.log(self.texts[label]) + sum(self.likelihood(word, label) for word in text), 9)
            for label in self.labels
        }
        return max(self.labels, key=scores.get)

    def telling(self, label, count):
        """The words that tell a label best from all others, with their log odds."""
        others = [other for other in self.labels if other != label]
        odds = {
            word: round(self.likelihood(word, label) - max(self.likelihood(word, o) for o in others), 4)
            for word in self.vocabulary
        }
        return {word: odds[word] for word in sorted(odds, key=lambda word: (-odds[word], word))[:count]}
