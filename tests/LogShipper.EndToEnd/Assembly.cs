using System.Runtime.Versioning;
using LogShipper.EndToEnd.Faults;
using Xunit.v3;

[assembly: SupportedOSPlatform("linux")]
[assembly: AssemblyFixture(typeof(ReliabilityReport))]

// The tests mostly wait: for processes to start, for outages to pass. More of them than cores run side by side.
[assembly: Parallelization(MaxThreads = 8, Mode = Xunit.Sdk.ParallelMode.All)]
