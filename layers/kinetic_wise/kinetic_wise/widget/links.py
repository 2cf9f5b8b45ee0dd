"""What a viewer can open: CloudWatch calls the widget again with these parameters, the local page follows a link."""

from __future__ import annotations

from dataclasses import dataclass

import simplejson

from kinetic_wise.widget.html import Child, Markup, join, tag


@dataclass(frozen=True)
class Links:
    """Makes links back to the widget; `endpoint` is the function's own ARN."""

    endpoint: str

    def to(self, label: Child, style: str = "open", **parameters: str) -> Markup:
        """A link that shows what the parameters ask for, in the widget's place."""
        link = tag("a", label, class_=style, role="button", tabindex="0")
        asked = simplejson.dumps(parameters, sort_keys=True)
        return join(link, tag("cwdb-action", asked, action="call", display="widget", endpoint=self.endpoint))
