"""The thin API: it checks input, calls `optimizer`, stores and answers; it holds no rule."""
