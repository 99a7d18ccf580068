namespace LogShipper.Simulation;

/// <summary>What can happen in the world. This list is the specification: a fault that is not here is not tested.</summary>
internal enum WorldAction
{
    /// <summary>nginx writes some whole lines, each in one write.</summary>
    WriteLines,

    /// <summary>nginx writes a burst of lines, several batches long.</summary>
    WriteBurst,

    /// <summary>nginx writes a line that is larger than a batch, or longer than MaxLineBytes.</summary>
    WriteLongLine,

    /// <summary>nginx writes a line that some sinks refuse for what it contains.</summary>
    WritePoison,

    /// <summary>Half a line is written; the rest follows before anything else does, now or much later.</summary>
    WriteTornLine,

    /// <summary>The rest of a torn line never comes (a disk was full): the next line is glued to it.</summary>
    AbandonTornLine,

    /// <summary>logrotate with numbers: .1 becomes .2 and so on, the oldest is deleted, nginx reopens after 0 to 40 s and writes late lines until then.</summary>
    RotateByNumber,

    /// <summary>logrotate with dateext; nginx reopens after 0 to 40 s.</summary>
    RotateByDate,

    /// <summary>Several rotations at once, so that no look sees those in between.</summary>
    RotateThrice,

    /// <summary>logrotate with copytruncate: the live file is copied in steps while nginx writes on, then truncated.</summary>
    CopyAndTruncate,

    /// <summary>Somebody empties the live file: <c>: &gt; access.log</c>; it may grow past its old length before the next look.</summary>
    TruncateLive,

    /// <summary>gzip makes a .gz of a rotated file (a beginning of it is seen now and then) and removes the original.</summary>
    CompressRotated,

    /// <summary>The oldest rotated file is deleted.</summary>
    DeleteRotated,

    /// <summary>The live file is deleted; nginx writes on into the nameless file until it reopens.</summary>
    DeleteLive,

    /// <summary>A rotated name is linked to the live file beside its own.</summary>
    LinkLive,

    /// <summary>nginx is told to reopen its logs.</summary>
    Reopen,

    /// <summary>nginx closes its logs (it stops), and starts again with the next write.</summary>
    StopWriter,

    /// <summary>A sink changes its mood: down, busy, silent, slow, loses answers, refuses half, refuses everything, healthy again.</summary>
    ChangeSink,

    /// <summary>A sink's reader is gone for good, until the shipper starts again.</summary>
    EndSink,

    /// <summary>The shipper is killed between two turns; requests under way arrive or not.</summary>
    Kill,

    /// <summary>The shipper dies in the middle of one of its next writes to the state directory: before, half way, or after.</summary>
    KillInStateWrite,

    /// <summary>The machine dies: what was not synced in the state directory is kept, lost or torn.</summary>
    KillMachine,

    /// <summary>The shipper is told to stop: it drains, is aborted when that takes too long, and is started again some time later.</summary>
    Drain,

    /// <summary>The shipper is told to stop while nginx writes on.</summary>
    DrainWhileWriting,

    /// <summary>The configuration changes: a lane is stopped, and another one goes on in its place.</summary>
    ReplaceLane,

    /// <summary>The configuration changes while batches are under way: the interval, the size of batches, a sink's options, or a sink is taken out and put in again; now and then a drain begins in its middle.</summary>
    Reload,

    /// <summary>The state directory is lost while the shipper is down.</summary>
    LoseState,

    /// <summary>The state directory is full or read-only for a while.</summary>
    FillState,

    /// <summary>The log directory cannot be listed for a while.</summary>
    FailLooks,

    /// <summary>No file can be opened for a while.</summary>
    FailOpens,

    /// <summary>Reads fail for a while.</summary>
    FailReads,

    /// <summary>A look, or two, leave out files that are there.</summary>
    MissFiles,

    /// <summary>The log directory is moved away, or hidden by a mount, for a while: it looks empty, and what happens to its files goes on elsewhere.</summary>
    HideDirectory,

    /// <summary>One file cannot be opened for a while.</summary>
    RefuseFile,

    /// <summary>One file cannot be read for a while.</summary>
    SpoilFile,

    /// <summary>The shipper runs out of file descriptors for a while: it can open no directory, no file, no connection and nothing in the state directory.</summary>
    RunOutOfDescriptors,

    /// <summary>The wall clock is set, back or forward, by up to a day: births and times of files follow it, the monotonic clock does not.</summary>
    SetClock,

    /// <summary>Nothing happens for a while.</summary>
    Wait,
}
