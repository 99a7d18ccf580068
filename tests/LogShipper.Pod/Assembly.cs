using System.Runtime.Versioning;
using Xunit.v3;

[assembly: SupportedOSPlatform("linux")]

// One Pod at a time.
[assembly: Parallelization(MaxThreads = 1)]
