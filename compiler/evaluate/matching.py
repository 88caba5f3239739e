"""``match``: patterns on known values; on an unknown one each case may run."""

from __future__ import annotations

from collections.abc import Sequence

import libcst

from pipelift.compiler.evaluate import members
from pipelift.compiler.evaluate.arithmetic import compare, decide_truth
from pipelift.compiler.evaluate.classes import is_instance
from pipelift.compiler.evaluate.machine import Machine, Signal
from pipelift.compiler.evaluate.objects import Instance, Scope, UserClass
from pipelift.compiler.evaluate.values import Model, Raised, Unknown, Value, find_unknown

Answer = bool | Unknown
_SELF = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""The classes whose one positional pattern is the object itself."""


def run_match(it: Machine, node: libcst.Match, scope: Scope) -> Signal | None:
    """Run ``match``."""
    return _run_cases(it, node.cases, it.evaluate(node.subject, scope), scope)


def _run_cases(it: Machine, cases: Sequence[libcst.MatchCase], subject: Value, scope: Scope) -> Signal | None:
    if not cases:
        return None
    case, remaining = cases[0], cases[1:]
    with it.journal.branch() as branch:
        answer = _matches(it, case.pattern, subject, scope)
        if answer is True and case.guard is not None:
            answer = decide_truth(it, it.evaluate(case.guard, scope), case.guard)
    if isinstance(answer, Unknown):

        def chosen() -> Signal | None:
            it.journal.commit(branch)
            return it.execute(case.body.body, scope)

        others = lambda: it.stack.descend(_run_cases, it, remaining, subject, scope)  # noqa: E731
        return it.run_alternatives(it.span(case.pattern), (chosen, others), answer)
    it.journal.commit(branch)  # names that a failed pattern has bound stay bound, as in Python
    if answer:
        return it.execute(case.body.body, scope)
    return it.stack.descend(_run_cases, it, remaining, subject, scope)


def _matches(it: Machine, pattern: libcst.MatchPattern, subject: Value, scope: Scope) -> Answer:
    if isinstance(pattern, libcst.MatchAs):
        answer = True if pattern.pattern is None else _matches(it, pattern.pattern, subject, scope)
        if answer is not False and pattern.name is not None:
            it.assign_name(scope, pattern.name.value, subject)
        return answer
    if isinstance(pattern, libcst.MatchOr):
        return _match_any(it, [option.pattern for option in pattern.patterns], subject, scope)
    if isinstance(subject, Unknown):
        return subject
    if isinstance(pattern, libcst.MatchValue):
        return decide_truth(
            it, compare(it, pattern, libcst.Equal, subject, it.evaluate(pattern.value, scope)), pattern
        )
    if isinstance(pattern, libcst.MatchSingleton):
        return subject is it.evaluate(pattern.value, scope)
    if isinstance(pattern, (libcst.MatchList, libcst.MatchTuple)):
        return _match_sequence(it, pattern, subject, scope)
    if isinstance(pattern, libcst.MatchMapping):
        return _match_mapping(it, pattern, subject, scope)
    if isinstance(pattern, libcst.MatchClass):
        return _match_class(it, pattern, subject, scope)
    return Unknown("pipelift does not follow this pattern", it.span(pattern))


def _match_any(it: Machine, patterns: Sequence[libcst.MatchPattern], subject: Value, scope: Scope) -> Answer:
    answer: Answer = False
    for pattern in patterns:
        outcome = _matches(it, pattern, subject, scope)
        if outcome is True:
            return True
        answer = outcome if isinstance(outcome, Unknown) else answer
    return answer


def _match_every(it: Machine, pairs: Sequence[tuple[libcst.MatchPattern, Value]], scope: Scope) -> Answer:
    answer: Answer = True
    for pattern, value in pairs:
        outcome = _matches(it, pattern, value, scope)
        if outcome is False:
            return False
        answer = outcome if isinstance(outcome, Unknown) else answer
    return answer


def _match_sequence(
    it: Machine, pattern: libcst.MatchList | libcst.MatchTuple, subject: Value, scope: Scope
) -> Answer:
    if not isinstance(subject, (list, tuple, range)):
        return False
    items, patterns = list(subject), list(pattern.patterns)
    cause = next((item for item in items if isinstance(item, Unknown) and item.many), None)
    if cause is not None:
        return cause
    star = next((i for i, element in enumerate(patterns) if isinstance(element, libcst.MatchStar)), None)
    if star is None:
        if len(items) != len(patterns):
            return False
        paired = zip(patterns, items, strict=True)
        pairs = [
            (element.value, item) for element, item in paired if not isinstance(element, libcst.MatchStar)
        ]
        return _match_every(it, pairs, scope)
    after = len(patterns) - star - 1
    if len(items) < len(patterns) - 1:
        return False
    starred = items[star : len(items) - after]
    unstarred = [*items[:star], *items[len(items) - after :]]
    fixed = [element for element in patterns if not isinstance(element, libcst.MatchStar)]
    answer = _match_every(
        it, [(element.value, item) for element, item in zip(fixed, unstarred, strict=True)], scope
    )
    star_element = patterns[star]
    if answer is not False and isinstance(star_element, libcst.MatchStar) and star_element.name is not None:
        it.assign_name(scope, star_element.name.value, starred)
    return answer


def _match_mapping(it: Machine, pattern: libcst.MatchMapping, subject: Value, scope: Scope) -> Answer:
    if not isinstance(subject, dict):
        return False
    pairs: list[tuple[libcst.MatchPattern, Value]] = []
    keys = [it.evaluate(element.key, scope) for element in pattern.elements]
    for element, key in zip(pattern.elements, keys, strict=True):
        if key not in subject:
            return find_unknown(list(subject), 1) or False
        pairs.append((element.pattern, subject[key]))
    answer = _match_every(it, pairs, scope)
    if answer is not False and pattern.rest is not None:
        remaining = {key: value for key, value in subject.items() if key not in keys}
        it.assign_name(scope, pattern.rest.value, remaining)
    return answer


def _match_class(it: Machine, pattern: libcst.MatchClass, subject: Value, scope: Scope) -> Answer:
    cls = it.evaluate(pattern.cls, scope)
    answer = is_instance(subject, cls, it.span(pattern))
    if answer is not True:
        return answer
    pairs: list[tuple[libcst.MatchPattern, Value]] = []
    if isinstance(cls, Model) and cls.native in _SELF and len(pattern.patterns) == 1:
        pairs.append((pattern.patterns[0].value, subject))
    elif pattern.patterns:
        names = _list_positional_names(cls)
        if len(names) < len(pattern.patterns):
            raise Raised(
                "TypeError", f"the class accepts {len(names)} positional sub-patterns", it.span(pattern)
            )
        pairs += [
            (element.value, members.get(it, subject, name, pattern))
            for element, name in zip(pattern.patterns, names, strict=False)
        ]
    for keyword in pattern.kwds:
        if isinstance(subject, Instance) and not members.has(it, subject, keyword.key.value, pattern):
            return False
        pairs.append((keyword.pattern, members.get(it, subject, keyword.key.value, pattern)))
    return _match_every(it, pairs, scope)


def _list_positional_names(cls: Value) -> tuple[str, ...]:
    if not isinstance(cls, UserClass):
        return ()
    is_defined, names = cls.lookup("__match_args__")
    if is_defined and isinstance(names, tuple):
        return names
    return cls.fields or tuple(getattr(cls.record, "_fields", ()))
