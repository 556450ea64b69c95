"""The window: current state by REST and WebSocket, incident tracker, scorecard, and the page."""
