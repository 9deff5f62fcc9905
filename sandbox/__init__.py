"""A stand-in, over real HTTP, for WeChat's service-account platform and for the CHSI (学信网) log-in.

It is a program of its own: it imports nothing of the product, keeps its own clock and its own data
folder, and speaks to the product only the way the real platforms do. Start it with
``python -m sandbox --port 8090 --data DIR``.
"""
