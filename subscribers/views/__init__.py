"""The reader's pages. No page here needs JavaScript, a cookie or a login, and a GET changes nothing."""
