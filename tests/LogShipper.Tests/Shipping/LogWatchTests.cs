using System.Collections.Concurrent;
using LogShipper.Shipping;
using LogShipper.Tailing;

namespace LogShipper.Tests.Shipping;

/// <summary>The kernel's events for real in a temporary directory, and a kernel of the test's own for what cannot be had here.</summary>
public sealed class LogWatchTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TemporaryFolder _folder = new();
    private readonly BlockingCollection<string> _told = [];
    private readonly Messages _messages = new();
    private readonly FakeFileEvents _kernel = new();
    private LogWatch? _watch;

    public void Dispose()
    {
        _watch?.Dispose();
        _folder.Dispose();
        _told.Dispose();
    }

    [Fact]
    public void What_is_written_is_told_at_once()
    {
        Watch(Directory("logs"));
        Write("logs/access.log");
        Assert.Equal("access", Next());
    }

    [Fact]
    public void A_rotation_is_told()
    {
        var directory = Directory("logs");
        Write("logs/access.log");
        Watch(directory);
        File.Move(_folder["logs/access.log"], _folder["logs/access.log.1"]);
        Assert.Equal("access", Next());
    }

    [Fact]
    public void A_new_file_that_a_glob_may_match_is_told()
    {
        var directory = Directory("logs");
        directory.AddPattern("*.log", mayBeDirectory: false);
        Watch(directory);
        Write("logs/shop.log");
        Assert.Equal("new", Next());
    }

    [Fact]
    public void A_directory_that_is_not_there_yet_is_watched_when_it_comes()
    {
        var directory = new WatchedDirectory(_folder["some/where/logs"]);
        directory.Add("access", "access.log");
        Watch(directory);
        Assert.Equal(0, _watch!.Count);
        System.IO.Directory.CreateDirectory(directory.Path);
        Until(() => _watch.Count == 1);
        Clear();
        Write("some/where/logs/access.log");
        Assert.Equal("access", Next());
    }

    [Fact]
    public void A_directory_that_is_replaced_is_watched_again()
    {
        Watch(Directory("logs"));
        System.IO.Directory.Delete(_folder["logs"]);
        Until(() => _watch!.Count == 0);
        System.IO.Directory.CreateDirectory(_folder["logs"]);
        Until(() => _watch!.Count == 1);
        Clear();
        Write("logs/access.log");
        Assert.Equal("access", Next());
    }

    [Fact]
    public void A_directory_that_was_put_in_anothers_place_is_found_by_the_next_search_for_logs()
    {
        Watch(Directory("logs"));
        System.IO.Directory.Move(_folder["logs"], _folder["old"]);
        System.IO.Directory.CreateDirectory(_folder["logs"]);
        _watch!.Follow([Directory("logs")]);
        Clear();
        Write("logs/access.log");
        Assert.Equal("access", Next());
    }

    [Fact]
    public void Without_a_log_that_asks_there_is_no_descriptor_and_when_the_last_one_goes_it_is_closed()
    {
        _watch = new LogWatch(Inotify.TryOpen, (_, _) => { }, () => { }, TimeProvider.System, _messages);
        _watch.Follow([]);
        Assert.False(_watch.IsOpen);
        _watch.Follow([Directory("logs")]);
        Assert.True(_watch.IsOpen);
        _watch.Follow([]);
        Until(() => !_watch.IsOpen);
        _watch.Follow([Directory("logs")]);
        Assert.True(_watch.IsOpen);
    }

    [Fact]
    public void When_events_were_lost_every_log_is_told_of()
    {
        Watch(_kernel.TryOpen, Directory("logs"), Directory("more", "error"));
        _kernel.Send(-1, FileChanges.Overflow);
        Assert.Equal(["access", "error"], new[] { Next(), Next() }.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_limit_of_the_kernel_is_told_once_and_tried_again()
    {
        _kernel.Error = Inotify.ErrorNoSpace;
        _watch = NewWatch(_kernel.TryOpen);
        _watch.Follow([Directory("logs"), Directory("more", "error")]);
        _watch.Follow([Directory("logs"), Directory("more", "error")]);
        Assert.Equal(1, _messages.Count("fs.inotify.max_user_watches"));
        Assert.False(_watch.IsOpen);

        _kernel.Error = 0;
        _watch.Follow([Directory("logs")]);
        Assert.Equal(1, _watch.Count);
        Assert.Equal("access", Next());
    }

    [Fact]
    public void Without_a_descriptor_it_is_told_once()
    {
        _watch = NewWatch(static (out events) =>
        {
            events = null;
            return Inotify.ErrorTooManyDescriptors;
        });
        _watch.Follow([Directory("logs"), Directory("more", "error")]);
        _watch.Follow([Directory("logs")]);
        Assert.Equal(1, _messages.Count("fs.inotify.max_user_instances"));
    }

    [Fact]
    public void When_reading_fails_the_next_search_for_logs_opens_another_descriptor()
    {
        Watch(_kernel.TryOpen, Directory("logs"));
        _kernel.End();
        Until(() => !_watch!.IsOpen);
        _watch!.Follow([Directory("logs")]);
        Assert.Equal("access", Next());
        Assert.Equal(1, _watch.Count);
    }

    [Fact]
    public void What_one_directory_is_refused_for_is_told_once_for_each()
    {
        _kernel.Error = NativeFile.ErrorNoPermission;
        _watch = NewWatch(_kernel.TryOpen);
        _watch.Follow([Directory("logs"), Directory("more", "error")]);
        _watch.Follow([Directory("logs"), Directory("more", "error")]);
        Assert.Equal(2, _messages.Count("does not watch"));
    }

    private WatchedDirectory Directory(string name, string log = "access")
    {
        System.IO.Directory.CreateDirectory(_folder[name]);
        var directory = new WatchedDirectory(_folder[name]);
        directory.Add(log, $"{log}.log");
        return directory;
    }

    private void Watch(params WatchedDirectory[] directories) => Watch(Inotify.TryOpen, directories);

    private void Watch(FileEventsOpening open, params WatchedDirectory[] directories)
    {
        _watch = NewWatch(open);
        _watch.Follow(directories);
        Clear();
    }

    private LogWatch NewWatch(FileEventsOpening open) => new(open, (log, _) => _told.Add(log), () => _told.Add("new"), TimeProvider.System, _messages);

    private void Write(string name) => File.AppendAllText(_folder[name], "line\n");

    private string Next() => _told.TryTake(out var log, Patience) ? log : "nothing was told";

    private void Clear()
    {
        while (_told.TryTake(out _))
        {
        }
    }

    private static void Until(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, Patience));

    /// <summary>A kernel that says what the test wants.</summary>
    private sealed class FakeFileEvents : IFileEvents
    {
        private readonly Dictionary<string, int> _watches = new(StringComparer.Ordinal);
        private BlockingCollection<byte[]> _events = [];

        public int Error { get; set; }

        public int TryOpen(out IFileEvents? events)
        {
            _watches.Clear();
            _events = [];
            events = this;
            return 0;
        }

        public int TryWatch(string directory, bool namesOnly, out int watch)
        {
            _watches.TryAdd(directory, _watches.Count + 1);
            watch = Error == 0 ? _watches[directory] : -1;
            return Error;
        }

        public void Unwatch(int watch) => Send(watch, FileChanges.WatchEnded);

        public void Send(int watch, FileChanges changes) => _events.Add(FileEvent.Write(watch, changes, []));

        public void End() => _events.Add([]);

        public int Read(Span<byte> events)
        {
            var next = _events.Take();
            next.CopyTo(events);
            return next.Length;
        }

        public void Dispose()
        {
        }
    }
}
