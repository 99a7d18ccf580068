using System.Diagnostics;
using System.Text.Json;
using LogShipper.Tests.Configuration;

namespace LogShipper.Tests;

/// <summary><c>./build.sh sbom</c>: what the native binary is made of, as its lock file says.</summary>
public sealed class SoftwareBillTests
{
    /// <summary>They check and compile, and are no part of the binary.</summary>
    private static readonly string[] Tools = ["Meziantou.Analyzer", "Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.NET.ILLink.Tasks"];

    [Fact]
    public async Task It_names_every_package_of_the_lock_file_once_with_its_version_and_what_it_needs()
    {
        foreach (var tool in (string[])["bash", "jq", "sha256sum"])
        {
            Assert.SkipUnless(IsInstalled(tool), $"{tool} is not installed");
        }

        using var folder = new TemporaryFolder();
        var root = DocumentationTests.RepositoryRoot();
        await WriteAsync(root, folder["bill.json"]);

        using var bill = JsonDocument.Parse(await File.ReadAllBytesAsync(folder["bill.json"], TestContext.Current.CancellationToken));
        Assert.Equal("CycloneDX", bill.RootElement.GetProperty("bomFormat").GetString());
        var application = bill.RootElement.GetProperty("metadata").GetProperty("component");
        Assert.Equal("logshipper", application.GetProperty("name").GetString());
        Assert.NotEmpty(application.GetProperty("version").GetString()!);

        var components = bill.RootElement.GetProperty("components").EnumerateArray().ToArray();
        var packages = PackagesOf(Path.Combine(root, "src", "LogShipper", "packages.aot.lock.json"));
        Assert.Equal(
            packages.Order(StringComparer.Ordinal),
            components.Select(component => $"{component.GetProperty("name").GetString()}@{component.GetProperty("version").GetString()}").Order(StringComparer.Ordinal));
        Assert.Contains(packages, package => package.Contains("ILCompiler", StringComparison.Ordinal));
        Assert.All(components, component => Assert.NotEmpty(component.GetProperty("properties")[0].GetProperty("value").GetString()!));

        var references = components.Select(component => component.GetProperty("bom-ref").GetString()!).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(packages.Select(package => $"pkg:nuget/{package}").ToHashSet(StringComparer.Ordinal), references);
        foreach (var dependency in bill.RootElement.GetProperty("dependencies").EnumerateArray())
        {
            Assert.Contains(dependency.GetProperty("ref").GetString()!, references.Append("logshipper"));
            Assert.All(dependency.GetProperty("dependsOn").EnumerateArray(), needed => Assert.Contains(needed.GetString()!, references));
        }
    }

    /// <summary>As <c>build.sh</c> does, without the look at whether packages are audited, which asks their source.</summary>
    private static async Task WriteAsync(string root, string path)
    {
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-euo", "pipefail", "-c", "source eng/sbom.sh; sbom \"$1\"", "sbom", path])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var wrong = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{await said}\n{wrong}");
    }

    private static HashSet<string> PackagesOf(string lockFile)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(lockFile));
        return
        [
            .. from framework in file.RootElement.GetProperty("dependencies").EnumerateObject()
               from package in framework.Value.EnumerateObject()
               where package.Value.GetProperty("type").GetString() != "Project" && !Tools.Contains(package.Name)
               select $"{package.Name}@{package.Value.GetProperty("resolved").GetString()}",
        ];
    }

    private static bool IsInstalled(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
