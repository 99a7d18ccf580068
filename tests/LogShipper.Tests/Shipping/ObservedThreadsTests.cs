using System.Collections.Concurrent;
using System.Globalization;
using LogShipper.Shipping;

namespace LogShipper.Tests.Shipping;

/// <summary>Lanes on threads of their own, in whatever order these come to turn, while the log is written and rotated, and lanes end and begin again.</summary>
public sealed class ObservedThreadsTests
{
    private const int Lives = 4;
    private const int Rounds = 25;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_line_counts_once(int seed)
    {
        using var world = new ObservedWorld { BatchBytes = 200 };
        var random = new Random(seed);
        var written = 0;
        for (var life = 1; life <= Lives; life++)
        {
            world.StartObserver();
            var lanes = new List<Shipper> { world.Observer, world.StartShipping("raw", new FakeSink()) };
            for (var sink = random.Next(3); sink >= 0; sink--)
            {
                lanes.Add(world.StartShipping($"sink{sink}", ObservedWorld.Parsing()));
            }

            var running = new Threads(lanes, seed);
            for (var round = 0; round < Rounds; round++)
            {
                var lines = random.Next(60);
                world.Append(written, lines);
                written += lines;
                if (random.Next(6) == 0)
                {
                    Rotate(world);
                }

                world.Time.Advance(TimeSpan.FromMilliseconds(random.Next(10_000)));
                Thread.Sleep(random.Next(2));
            }

            if (life == Lives)
            {
                Assert.True(SpinWait.SpinUntil(() => IsLevel(world), Patience));
            }

            running.End();
            End(lanes, random);
            world.Forget();
        }

        Assert.Equal(Enumerable.Range(0, written), world.Observed.Select(number => int.Parse(number, CultureInfo.InvariantCulture)));
    }

    private static bool IsLevel(ObservedWorld world)
    {
        world.Time.Advance(TimeSpan.FromSeconds(1));
        return world.Observer.BytesBehind == 0 && world.Observer.Positions.Sum(position => position.Length) == world.WrittenBytes;
    }

    private static void Rotate(ObservedWorld world)
    {
        var number = Directory.GetFiles(Path.GetDirectoryName(world.LogPath())!).Length;
        for (; number > 1; number--)
        {
            File.Move(world.LogPath($"access.log.{number - 1}"), world.LogPath($"access.log.{number}"));
        }

        File.Move(world.LogPath(), world.LogPath("access.log.1"));
    }

    private static void End(List<Shipper> lanes, Random random)
    {
        foreach (var lane in lanes.OrderBy(_ => random.Next()))
        {
            lane.Stop();
            while (!lane.IsStopped)
            {
                lane.TakeTurn();
            }

            lane.Close();
        }
    }

    private sealed class Threads
    {
        private readonly List<Thread> _threads;
        private readonly ConcurrentQueue<Exception> _faults = [];
        private volatile bool _isOver;

        public Threads(List<Shipper> lanes, int seed)
        {
            _threads = [.. lanes.Select((lane, index) => new Thread(() => Turn(lane, new Random((seed * 100) + index))) { Name = $"lane{index}", IsBackground = true })];
            _threads.ForEach(thread => thread.Start());
        }

        public void End()
        {
            _isOver = true;
            Assert.All(_threads, thread => Assert.True(thread.Join(Patience)));
            Assert.Empty(_faults);
        }

        private void Turn(Shipper lane, Random random)
        {
            try
            {
                while (!_isOver)
                {
                    lane.TakeTurn();
                    Thread.SpinWait(random.Next(2000));
                }
            }
            catch (Exception exception)
            {
                _faults.Enqueue(exception);
            }
        }
    }
}
