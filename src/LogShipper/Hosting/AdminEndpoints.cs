using LogShipper.Configuration;
using LogShipper.Diagnostics;
using LogShipper.Shipping;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace LogShipper.Hosting;

/// <summary>The admin port. A dead or slow sink fails none of its probes: restarting would not mend it.</summary>
internal static class AdminEndpoints
{
    public const int MaxConnections = 64;

    /// <summary>One client that holds on to connections leaves room for others.</summary>
    public const int MaxConnectionsOfOneAddress = 16;

    /// <summary><c>/livez</c>: every loop turns. <c>/readyz</c>: the plan is applied. <c>/status</c>: how everything stands.</summary>
    public static void Map(WebApplication application, Fleet fleet, Func<bool> isReady, StatusReporter status)
    {
        application.MapGet("/livez", () => Answer(fleet.IsAlive, "alive", "a loop has not turned for over a minute beyond its own deadline"));
        application.MapGet("/readyz", () => Answer(isReady(), "ready", "the configuration is not applied yet"));
        application.MapGet("/status", (HttpContext context) => AnswerStatusAsync(context, status));
    }

    /// <summary>Small limits: nothing here has a body, and a flood must not cost the shipping.</summary>
    public static void Bound(WebApplicationBuilder builder, AdminPlan plan, ILogger logger) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
        kestrel.Listen(plan.Address, plan.Port, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            endpoint.Use(new ConnectionLimit(MaxConnections, MaxConnectionsOfOneAddress, TimeProvider.System, logger).Pass);
        });
    });

    private static async Task AnswerStatusAsync(HttpContext context, StatusReporter status)
    {
        using var json = status.TakeJson();
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await json.WriteToAsync(context.Response.Body, context.RequestAborted);
    }

    private static IResult Answer(bool good, string yes, string no) =>
        good ? Results.Text($"{yes}\n") : Results.Text($"{no}\n", statusCode: StatusCodes.Status503ServiceUnavailable);
}
