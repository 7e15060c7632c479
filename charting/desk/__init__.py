"""The desk: the one writer. Takes asks, checks who may, applies, stores, tells the others."""
