from typing import Literal
RuleId = Literal["ami/latest"]
