"""The public conformance suite: what every family must pass, ours and a plugin's."""

from zoo.check.definition import Check, CheckResult
from zoo.check.suite import CHECKS, Case, Suite, check, conformance

__all__ = ["CHECKS", "Case", "Check", "CheckResult", "Suite", "check", "conformance"]
