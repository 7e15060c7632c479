"""Who is signed in, and the gate that everything passes."""
