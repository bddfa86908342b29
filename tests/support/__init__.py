"""What tests share: services, settings, clips, waiting."""
