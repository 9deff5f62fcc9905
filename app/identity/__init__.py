"""Who somebody is: passwords, sessions, tokens, WeChat and CHSI log-in, PINs, name cards."""
