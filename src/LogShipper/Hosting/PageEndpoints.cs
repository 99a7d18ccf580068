using System.Text.Json;
using LogShipper.Configuration;
using LogShipper.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LogShipper.Hosting;

/// <summary>The page and what it is made of: <c>/</c>, <c>/events</c>, <c>/config</c>. No content of a line, no secret, no cookie.</summary>
internal static class PageEndpoints
{
    public static void Map(WebApplication application, StatusReporter status, Func<Plan> plan, LaneHistory history, TimeProvider time)
    {
        var page = new Lazy<StatusPage>(StatusPage.Compose);
        var events = new StatusEvents(status, plan, history, time);
        var stopping = application.Lifetime.ApplicationStopping;
        application.MapGet("/", (HttpContext context) => page.Value.AnswerAsync(Guarded(context)));
        application.MapGet("/events", (HttpContext context) => events.ServeAsync(Guarded(context), stopping));
        application.MapGet("/config", (HttpContext context) => AnswerConfigurationAsync(Guarded(context), plan()));
    }

    private static Task AnswerConfigurationAsync(HttpContext context, Plan plan)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new ConfigurationReport(ConfigurationListing.Of(plan)), PageJson.Default.ConfigurationReport);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(json, context.RequestAborted).AsTask();
    }

    private static HttpContext Guarded(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return context;
    }
}
