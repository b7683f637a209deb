"""What happened, provably complete and unaltered; and the follow-up work it asks for."""
