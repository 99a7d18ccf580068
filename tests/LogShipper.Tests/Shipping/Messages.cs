using Microsoft.Extensions.Logging;

namespace LogShipper.Tests.Shipping;

/// <summary>Keeps what was told.</summary>
internal sealed class Messages : ILogger, ILoggerFactory
{
    private readonly List<(LogLevel Level, string Text)> _all = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_all)
            {
                return [.. _all.Select(message => message.Text)];
            }
        }
    }

    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (_all)
            {
                return [.. _all.Where(message => message.Level >= LogLevel.Error).Select(message => message.Text)];
            }
        }
    }

    public int Count(string text) => All.Count(message => message.Contains(text, StringComparison.Ordinal));

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_all)
        {
            _all.Add((logLevel, formatter(state, exception)));
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
