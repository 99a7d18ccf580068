using Microsoft.AspNetCore.Http;

namespace LogShipper.Demo;

/// <summary>How an answer goes out: whole, or as badly as the receiver was told to behave.</summary>
internal static class BulkReceiverResponse
{
    public static async Task WriteAsync(HttpContext context, int status, byte[] body, CancellationToken cancellation)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, cancellation);
        }
    }

    /// <summary>The answer to a bulk request whose items are stored by now.</summary>
    /// <param name="context">The request.</param>
    /// <param name="fault">What goes wrong; null: nothing.</param>
    /// <param name="answer">What would be right.</param>
    /// <param name="time">The clock that delays go by.</param>
    /// <param name="cancellation">Ends what has no end.</param>
    public static async Task WriteItemsAsync(HttpContext context, BulkFault? fault, byte[] answer, TimeProvider time, CancellationToken cancellation)
    {
        switch (fault?.Kind)
        {
            case BulkFaultKind.DropAfterStoring:
                context.Abort();
                return;
            case BulkFaultKind.HalfAnswer:
                context.Response.ContentLength = answer.Length;
                await context.Response.Body.WriteAsync(answer.AsMemory(0, answer.Length / 2), cancellation);
                await context.Response.Body.FlushAsync(cancellation);
                context.Abort();
                return;
            case BulkFaultKind.Garbage:
                await WriteAsync(context, 200, "<html>It works!</html>"u8.ToArray(), cancellation);
                return;
            case BulkFaultKind.Endless:
                context.Response.StatusCode = 200;
                while (!cancellation.IsCancellationRequested)
                {
                    await context.Response.Body.WriteAsync("                                                                "u8.ToArray(), cancellation);
                    await context.Response.Body.FlushAsync(cancellation);
                    await Task.Delay(TimeSpan.FromMilliseconds(1), time, cancellation);
                }

                return;
            case BulkFaultKind.Flood:
                await FloodAsync(context, fault.FloodBytes, answer, cancellation);
                return;
            case BulkFaultKind.Slow:
                await Task.Delay(fault.Delay, time, cancellation);
                break;
        }

        await WriteAsync(context, 200, answer, cancellation);
    }

    private static async Task FloodAsync(HttpContext context, long bytes, byte[] answer, CancellationToken cancellation)
    {
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync("{\"padding\":\""u8.ToArray(), cancellation);
        var padding = new byte[64 * 1024];
        padding.AsSpan().Fill((byte)'x');
        for (var left = bytes; left > 0; left -= padding.Length)
        {
            await context.Response.Body.WriteAsync(padding.AsMemory(0, (int)Math.Min(left, padding.Length)), cancellation);
        }

        await context.Response.Body.WriteAsync("\","u8.ToArray(), cancellation);
        await context.Response.Body.WriteAsync(answer.AsMemory(1), cancellation);
    }
}
