"""Several keys of a provider that has no `api_base`: LiteLLM's own address, led to a stand-in by a variable."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from stack.projects import Project, Stack, StartStack, model
from stack.puppet import Puppet, puppet
