"""The pages: a blueprint a desk; each view parses, calls one service, renders."""
