"""Articles that come in by feeds: RSS, RDF, Atom, CDF and JSON Feed.

Reading (bytes to items) knows neither the network nor the database; fetching knows addresses and servers; bringing in
writes articles.
"""
