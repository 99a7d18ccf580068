using Microsoft.Extensions.Logging;

namespace LogShipper.Hosting;

/// <summary>What the process says of its own beginning and end.</summary>
internal static partial class StartMessages
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Note}")]
    public static partial void Note(ILogger logger, string note);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Cannot start: {Problem}")]
    public static partial void CannotStart(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Shipping in {Lanes} (log × sink), looking every {Interval}; checkpoints in {StateDirectory}; batches, payloads and long lines hold at most {Memory} together")]
    public static partial void Started(ILogger logger, string lanes, string interval, string stateDirectory, string memory);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: shipping what is left")]
    public static partial void Draining(ILogger logger);

    [LoggerMessage(Level = LogLevel.Critical, Message = "A programming error; the process ends, and goes on from its checkpoints when it is started again")]
    public static partial void Failed(ILogger logger, Exception exception);

    public static void StateLost(ILogger logger, string? problem)
    {
        if (problem is null)
        {
            StateMadeAgain(logger);
        }
        else
        {
            StateNotMadeAgain(logger, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The state directory was removed or emptied; it is made again, and all positions are saved anew")]
    private static partial void StateMadeAgain(ILogger logger);

    [LoggerMessage(Level = LogLevel.Error, Message = "The state directory was removed or emptied, and cannot be made again ({Problem}); that is tried again at each look")]
    private static partial void StateNotMadeAgain(ILogger logger, string problem);
}
