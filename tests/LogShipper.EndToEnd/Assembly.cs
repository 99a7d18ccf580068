using System.Runtime.Versioning;
using Xunit.v3;

[assembly: SupportedOSPlatform("linux")]

// The tests mostly wait: for processes to start, for outages to pass. More of them than cores run side by side.
[assembly: Parallelization(MaxThreads = 6)]
