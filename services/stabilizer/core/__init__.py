"""The stabilizer's decisions: status of the nodes, state of the network, verdicts on repairs, and advice."""

from services.stabilizer.core.advice import Advisor
from services.stabilizer.core.health import Health
from services.stabilizer.core.stabilizer import Stabilizer
from services.stabilizer.core.states import TRANSITIONS, StateInput, StateMachine
from services.stabilizer.core.verdicts import Verdicts

__all__ = ["TRANSITIONS", "Advisor", "Health", "Stabilizer", "StateInput", "StateMachine", "Verdicts"]
