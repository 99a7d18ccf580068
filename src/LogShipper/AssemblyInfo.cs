// The facilities that tailing rests on (statx, leases, inodes) are Linux's.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
