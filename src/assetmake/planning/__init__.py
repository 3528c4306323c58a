"""A graph, targets and the state come in; a Plan goes out: which nodes are not fresh, and why. No side effects."""
