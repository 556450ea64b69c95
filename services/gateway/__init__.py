"""The gateway: current state by REST and WebSocket, incident tracker, scorecard, and the dashboard."""
