"""Values and the reasons for them: sentiment, abuse, urgency, spikes (pure)."""
