"""Submit hosts that are logged in to: real sshds with second factors, odd shells and odd limits."""
