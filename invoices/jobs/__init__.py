"""Work done in the background. Each module registers its jobs when imported."""
