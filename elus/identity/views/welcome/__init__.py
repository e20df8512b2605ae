"""Setting one's account up, in four steps that can be left and resumed (screen C2): who, a way in, a safety net, comfort."""

from elus.identity.views.welcome import arriving, comfort, net, ways

__all__ = ["arriving", "comfort", "net", "ways"]
