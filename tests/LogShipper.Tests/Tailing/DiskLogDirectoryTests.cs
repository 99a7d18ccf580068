using System.Runtime.InteropServices;
using LogShipper.Tailing;
using Microsoft.Extensions.Time.Testing;

namespace LogShipper.Tests.Tailing;

public sealed partial class DiskLogDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly DiskLogDirectory _directory;

    public DiskLogDirectoryTests() => _directory = new DiskLogDirectory(_folder.Path, _time);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_look_sees_regular_files_with_their_lengths_and_nothing_else()
    {
        File.WriteAllText(_folder["access.log"], "12345\n");
        Directory.CreateDirectory(_folder["old"]);
        File.CreateSymbolicLink(_folder["error.log"], "/dev/stderr");
        File.CreateSymbolicLink(_folder["linked.log"], _folder["access.log"]);

        var entry = Assert.Single(_directory.Look(_time.GetTimestamp()).Entries);
        Assert.Equal("access.log", entry.Name);
        Assert.Equal(6, entry.Length);
        Assert.NotEqual(0, entry.Identity.BirthNanoseconds);
    }

    [Fact]
    public void A_directory_below_a_wildcard_whose_names_alone_may_be_read_is_not_empty()
    {
        Directory.CreateDirectory(_folder["site"]);
        File.WriteAllText(_folder["site/access.log"], "line\n");
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        File.SetUnixFileMode(_folder["site"], (UnixFileMode)0b100_100_100);
        try
        {
            var look = AsNobody(() => new DiskLogDirectory(new LogPath(_folder.Path, "site", FollowsLinks: false), _time).Look(_time.GetTimestamp()));

            Assert.Empty(look.Entries);
            Assert.EndsWith("its names can be read, its files cannot be looked at: Permission denied", look.Problem, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(_folder["site"], (UnixFileMode)0b111_101_101);
        }
    }

    [Fact]
    public void A_look_is_shared_by_all_who_ask_for_one_since_then()
    {
        var first = _directory.Look(_time.GetTimestamp());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Same(first, _directory.Look(_time.GetTimestamp() - TimeSpan.TicksPerMillisecond));
        Assert.NotSame(first, _directory.Look(_time.GetTimestamp()));
    }

    [Fact]
    public async Task A_look_while_files_are_renamed_misses_none()
    {
        const int Files = 30;
        for (var age = 0; age < Files; age++)
        {
            await File.WriteAllTextAsync(_folder[$"access.log.{age}"], "line\n", TestContext.Current.CancellationToken);
        }

        using var end = new CancellationTokenSource();
        var renaming = Task.Run(
            async () =>
            {
                for (var first = 0; !end.IsCancellationRequested; first++)
                {
                    for (var age = Files - 1; age >= 0; age--)
                    {
                        File.Move(_folder[$"access.log.{first + age}"], _folder[$"access.log.{first + age + 1}"]);
                    }

                    await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None);
                }
            },
            TestContext.Current.CancellationToken);
        var whole = 0;
        for (var looks = 0; looks < 200; looks++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var look = _directory.Look(_time.GetTimestamp());
            if (look.Problem is null)
            {
                whole++;
                Assert.Equal(Files, look.Entries.Select(entry => entry.Identity.Inode).Distinct().Count());
            }
        }

        await end.CancelAsync();
        await renaming;
        Assert.True(whole > 20, $"only {whole} looks of 200 saw anything");
    }

    [Fact]
    public void A_directory_that_is_not_there_is_a_problem_and_no_empty_look()
    {
        var look = new DiskLogDirectory(_folder["missing"], _time).Look(0);
        Assert.Contains("missing", look.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_file_outlives_its_name()
    {
        File.WriteAllText(_folder["access.log"], "first\n");
        using var file = _directory.Open("access.log", out _)!;
        File.Move(_folder["access.log"], _folder["access.log.1"]);
        File.AppendAllText(_folder["access.log.1"], "late\n");
        File.Delete(_folder["access.log.1"]);

        Span<byte> bytes = stackalloc byte[16];
        Assert.Equal(11, file.Length);
        Assert.Equal(5, file.Read(bytes, 6));
        Assert.Equal("late\n"u8.ToArray(), bytes[..5].ToArray());
    }

    [Fact]
    public void A_rename_keeps_the_identity_and_a_new_file_has_another()
    {
        File.WriteAllText(_folder["access.log"], "first\n");
        using var before = _directory.Open("access.log", out _)!;
        File.Move(_folder["access.log"], _folder["access.log.1"]);
        File.WriteAllText(_folder["access.log"], "first\n");
        using var renamed = _directory.Open("access.log.1", out _)!;
        using var created = _directory.Open("access.log", out _)!;

        Assert.True(before.Identity.IsSameAs(renamed.Identity));
        Assert.False(before.Identity.IsSameAs(created.Identity));
    }

    [Theory]
    [InlineData("link.log")]
    [InlineData("folder.log")]
    [InlineData("missing.log")]
    public void What_is_no_regular_file_is_not_opened_and_the_reason_is_told(string name)
    {
        File.WriteAllText(_folder["target"], "secret\n");
        File.CreateSymbolicLink(_folder["link.log"], _folder["target"]);
        Directory.CreateDirectory(_folder["folder.log"]);

        Assert.Null(_directory.Open(name, out var problem));
        Assert.NotEmpty(problem!);
    }

    [Fact]
    public void The_kernel_says_whether_anybody_writes_a_file()
    {
        File.WriteAllText(_folder["access.log"], "first\n");
        using var file = _directory.Open("access.log", out _)!;
        if (file.AskWriters() == Writers.Unknown)
        {
            Assert.Skip("this file system gives no leases");
        }

        using (new FileStream(_folder["access.log"], FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.Equal(Writers.Some, file.AskWriters());
        }

        Assert.Equal(Writers.None, file.AskWriters());
    }

    /// <summary>Without root's right to pass over permissions, which the kernel takes from a thread that sees files as somebody else.</summary>
    private static T AsNobody<T>(Func<T> look)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return look();
        }

        T? result = default;
        var thread = new Thread(() =>
        {
            _ = SeeFilesAs(65534);
            result = look();
        });
        thread.Start();
        thread.Join();
        return result!;
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SeeFilesAs(uint user);
}
