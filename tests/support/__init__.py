"""What tests share: worlds, servers, waits, samples. No test imports a test."""
