using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace LogShipper.Hosting;

/// <summary>
/// The web server's buffers. Its own are pinned, and what it lets go of those is collected with the oldest garbage only: some 30 KiB a minute of scrapes, for hours.
/// These are ordinary arrays, pinned while the kernel writes into them.
/// </summary>
internal sealed class UnpinnedMemory : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => MemoryPool<byte>.Shared;
}
