"""The only package that knows YAML: text in, data with a span for every path out; values in, safe text out.

Reading follows YAML 1.2's core schema (`no` is text, `0755` is the number 755, `1e-06` is a number).
"""

from gateway.yaml_text.comments import find_comments
from gateway.yaml_text.problems import YamlProblem, shown
from gateway.yaml_text.reading import Document, read, read_plain
from gateway.yaml_text.writing import encode

__all__ = ["Document", "YamlProblem", "encode", "find_comments", "read", "read_plain", "shown"]
